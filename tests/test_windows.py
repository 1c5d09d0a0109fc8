import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import recording_of

from gesture.types import HandFrame, Recording
from gesture.windows import HOLD_S, Sequence, SequenceBuffer, first_tick, resample, runs


def random_recording(seed: int, num_frames: int, lost: float) -> Recording:
    rng = np.random.default_rng(seed)
    paths = {slot: rng.uniform(0.2, 0.8, (num_frames, 2)) for slot in (0, 1)}
    for path in paths.values():
        path[rng.random(num_frames) < lost] = np.nan
    recording = recording_of(paths)
    gaps = rng.choice([0.01, 0.033, 0.04, 0.1, 0.5, 1.7], num_frames)
    object.__setattr__(recording, "times_s", np.cumsum(gaps) + rng.choice([0.0, 0.013]))
    return recording


def feed(recording: Recording, rate_hz: float) -> Sequence:
    buffer = SequenceBuffer(rate_hz)
    parts = [buffer.update(recording.frame(index)) for index in range(len(recording))]
    return Sequence(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("ticks", "landmarks", "frame_times_s", "present")
        ),
        rate_hz,
    )


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 10_000),
    st.integers(1, 60),
    st.sampled_from([0.0, 0.2, 0.7]),
    st.sampled_from([10.0, 25.0, 30.0]),
)
def test_a_recording_fed_frame_by_frame_gives_the_same_rows(
    seed: int, num_frames: int, lost: float, rate_hz: float
) -> None:
    recording = random_recording(seed, num_frames, lost)
    live, offline = feed(recording, rate_hz), resample(recording, rate_hz)
    for name in ("ticks", "landmarks", "frame_times_s", "present"):
        np.testing.assert_array_equal(getattr(live, name), getattr(offline, name))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 60))
def test_no_row_comes_from_the_future_nor_from_before_the_hold(seed: int, num_frames: int) -> None:
    rows = resample(random_recording(seed, num_frames, 0.4), 25.0)
    age_s = rows.times_s[:, None] - rows.frame_times_s
    assert np.nanmin(np.append(age_s, 0.0)) >= 0
    assert np.nanmax(np.append(age_s, 0.0)) <= HOLD_S


def test_a_tick_takes_the_newest_frame_at_or_before_it() -> None:
    path = np.array([[0.1, 0.5], [0.2, 0.5], [0.3, 0.5]])
    rows = resample(recording_of({1: path}, rate_hz=25.0), 25.0)
    np.testing.assert_allclose(rows.landmarks[:, 1, 0, 0], [0.1, 0.2, 0.3], atol=1e-6)
    assert rows.present[:, 1].all()
    assert not rows.tracked[:, 0].any()


def test_a_lost_hand_is_held_and_then_gone() -> None:
    path = np.full((90, 2), 0.5)
    path[15:75] = np.nan
    rows = resample(recording_of({1: path}, rate_hz=30.0), 25.0)
    lost = (rows.times_s >= 0.5) & (rows.times_s < 2.5)
    held = lost & (rows.times_s < 14 / 30 + HOLD_S)
    assert rows.tracked[held, 1].all()
    assert not rows.present[lost, 1].any()
    assert not rows.tracked[lost & ~held, 1].any()
    assert len(runs(rows.tracked[:, 1])) == 2


def test_time_must_advance_live() -> None:
    buffer = SequenceBuffer(25.0)
    buffer.update(HandFrame.empty(1.0, (640, 480)))
    with pytest.raises(ValueError, match="advance"):
        buffer.update(HandFrame.empty(1.0, (640, 480)))


@pytest.mark.parametrize(("time_s", "tick"), [(0.0, 0), (0.04, 1), (0.041, 2), (1.0, 25), (3600.0, 90_000)])
def test_first_tick_is_at_or_after_the_time(time_s: float, tick: int) -> None:
    assert first_tick(time_s, 25.0) == tick


def test_an_empty_recording_has_no_rows() -> None:
    assert len(resample(recording_of({1: np.zeros((0, 2))}), 25.0)) == 0
