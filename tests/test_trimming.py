import numpy as np
import pytest
from synthetic import recording_of, strokes

from gesture.errors import DataError
from gesture.trimming import hand_speeds, trim


def travel(start_s: float, end_s: float, *, length_s: float = 4.0, rate_hz: float = 30.0) -> np.ndarray:
    """A wrist that rests, travels a third of the image, and rests."""
    times_s = np.arange(round(length_s * rate_hz)) / rate_hz
    progress = np.clip((times_s - start_s) / (end_s - start_s), 0, 1)
    return np.stack([0.65 - 0.3 * progress, np.full_like(progress, 0.6)], axis=-1)


@pytest.mark.parametrize("rate_hz", [12.0, 30.0, 60.0])
def test_rest_before_and_after_a_movement_is_cut_off(rate_hz: float) -> None:
    recording = recording_of({1: travel(1.0, 1.6, rate_hz=rate_hz)}, rate_hz=rate_hz, jitter=0.0005)
    take = trim(recording, "swipe", 0.0, 4.0)
    assert (take.label, take.hand) == ("swipe", "right")
    assert take.start_s == pytest.approx(0.95, abs=0.15)
    assert take.end_s == pytest.approx(1.65, abs=0.15)


def test_only_the_stretch_asked_for_is_looked_at() -> None:
    recording = strokes(["left", "right"])
    first, second = recording.takes
    take = trim(recording, "x", second.start_s - 0.4, second.end_s + 0.3)
    assert take.start_s > first.end_s
    assert take.start_s == pytest.approx(second.start_s, abs=0.2)


def test_a_hand_that_never_moves_is_a_pose_and_kept_whole() -> None:
    recording = recording_of({0: np.full((90, 2), 0.5)}, jitter=0.0005)
    take = trim(recording, "fist", 0.0, 3.0)
    assert take.hand == "left"
    assert take.end_s - take.start_s > 2.8


def test_the_hand_that_moves_is_the_takes_hand() -> None:
    still = np.full((120, 2), 0.3)
    assert trim(recording_of({0: still, 1: travel(1.0, 1.5)}), "x", 0, 4).hand == "right"
    assert trim(recording_of({0: travel(1.0, 1.5), 1: still}), "x", 0, 4).hand == "left"
    assert trim(recording_of({0: travel(1.0, 1.5) - (0.2, 0), 1: travel(1.0, 1.5)}), "x", 0, 4).hand == "both"


def test_one_hand_that_changes_slots_midway_is_one_hand() -> None:
    """Trackers take a left hand for a right one at times; nobody makes a gesture with hands that never meet."""
    path = travel(0.5, 3.5)
    early, late = path.copy(), path.copy()
    early[70:], late[:70] = np.nan, np.nan
    assert trim(recording_of({0: early, 1: late}), "x", 0.0, 4.0).hand == "left"


def test_a_gap_in_the_middle_of_a_movement_does_not_end_it() -> None:
    path = travel(1.0, 2.0)
    path[42:48] = np.nan
    take = trim(recording_of({1: path}), "x", 0.0, 4.0)
    assert take.start_s < 1.2
    assert take.end_s > 1.9


def test_no_hand_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(DataError, match="come closer"):
        trim(recording_of({1: np.full((60, 2), np.nan)}), "wave", 0.0, 2.0)


def test_speed_is_in_hand_sizes_a_second() -> None:
    speeds = hand_speeds(recording_of({1: travel(0.0, 1.0, length_s=1.0)}))
    assert np.isnan(speeds[:, 0]).all()
    # 0.3 image widths a second, a hand of 0.12 image widths from wrist to middle knuckle
    np.testing.assert_allclose(np.median(speeds[:, 1]), 0.3 / 0.12, rtol=0.05)
