from dataclasses import replace

import numpy as np
import pytest
from synthetic import recording_of, strokes

from gesture.features import LAGS_S, NUM_FEATURES, Geometry, lags, palm_axes
from gesture.streams import streams
from gesture.types import Recording

VELOCITY = slice(77, 79)  # the palm's velocity over the shortest lag, x and y


def moving(step: tuple[float, float], *, rate_hz: float = 30.0, scale: float = 1.0) -> Recording:
    times_s = np.arange(int(2 * rate_hz)) / rate_hz
    path = 0.5 + scale * np.outer(times_s - 1.0, step)
    return recording_of({1: path}, rate_hz=rate_hz)


def features_of(recording: Recording) -> np.ndarray:
    return streams(recording, "one", 25.0)[0].features


def test_the_width_is_the_stated_one() -> None:
    assert features_of(moving((0.1, 0.0))).shape[1] == NUM_FEATURES


@pytest.mark.parametrize(
    ("view", "mirrored", "image_step", "x", "y"),
    [
        ("facing", False, (-0.2, 0.0), 1, 0),  # the image's left is the person's right
        ("facing", True, (0.2, 0.0), 1, 0),
        ("egocentric", False, (0.2, 0.0), 1, 0),
        ("egocentric", True, (-0.2, 0.0), 1, 0),
        ("facing", False, (0.0, -0.2), 0, 1),  # up in the image is up
        ("egocentric", False, (0.0, -0.2), 0, 1),
    ],
)
def test_paths_are_in_the_persons_frame(view, mirrored, image_step, x, y) -> None:
    row = features_of(replace(moving(image_step), view=view, mirrored=mirrored))[25]
    velocity = row[VELOCITY]
    assert velocity[0] == pytest.approx(abs(velocity[0]) * x, abs=1e-3)
    assert velocity[1] == pytest.approx(abs(velocity[1]) * y, abs=1e-3)
    assert np.abs(velocity).max() > 0.5


def test_a_camera_of_another_shape_or_size_sees_the_same() -> None:
    """The same scene in pixels, in an image that is wider and twice as large."""
    recording = strokes(["left", "up"])
    factor, shift = np.array([640 / 960, 1, 640 / 960], np.float32), np.array([0.1, 0, 0], np.float32)
    wider = replace(recording, landmarks=recording.landmarks * factor + shift, image_size=(1920, 960))
    np.testing.assert_allclose(features_of(wider), features_of(recording), atol=2e-3)


def test_a_hand_twice_as_near_gives_the_same_velocity_in_hand_sizes() -> None:
    recording = moving((-0.2, 0.1))
    near = replace(recording, landmarks=recording.landmarks * 2 - 0.5)
    np.testing.assert_allclose(features_of(near)[10:], features_of(recording)[10:], atol=2e-3)


@pytest.mark.parametrize("rate_hz", [12.0, 15.0, 24.0, 60.0])
def test_velocity_does_not_depend_on_the_cameras_rate(rate_hz: float) -> None:
    at_30 = np.median(features_of(moving((-0.2, 0.1)))[15:, VELOCITY], axis=0)
    np.testing.assert_allclose(
        np.median(features_of(moving((-0.2, 0.1), rate_hz=rate_hz))[15:, VELOCITY], axis=0), at_30, rtol=0.02
    )


def test_palm_axes_are_orthonormal() -> None:
    points = np.random.default_rng(0).normal(size=(50, 21, 3))
    axes = palm_axes(points - points[:, :1])
    np.testing.assert_allclose(
        np.einsum("tij,tkj->tik", axes, axes), np.tile(np.eye(3), (50, 1, 1)), atol=1e-9
    )


def test_the_scale_turns_an_image_into_the_persons_pixels() -> None:
    np.testing.assert_array_equal(Geometry((640, 480)).scale, [-640, -480, 640])
    np.testing.assert_array_equal(Geometry((640, 480), "egocentric").scale, [640, -480, -640])


def test_lags_are_in_seconds() -> None:
    assert lags(25.0) == (3, 6, 12)
    assert lags(50.0) == (6, 12, 24)
    assert len(lags(25.0)) == len(LAGS_S)
