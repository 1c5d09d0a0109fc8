import numpy as np
import pytest
from synthetic import recording_of, strokes

from gesture.features import Geometry
from gesture.streams import Hands, LiveStreams, num_features, streams
from gesture.types import Recording
from gesture.windows import SequenceBuffer


def both_hands(seed: int) -> Recording:
    """Two wandering hands that come and go."""
    rng = np.random.default_rng(seed)
    paths = {}
    for slot in (0, 1):
        path = 0.5 + np.cumsum(rng.normal(0, 0.01, (240, 2)), axis=0)
        for start in rng.integers(0, 200, 3):
            path[start : start + rng.integers(2, 70)] = np.nan
        paths[slot] = path
    return recording_of(paths, jitter=0.002, seed=seed)


def live_rows(
    recording: Recording, hands: Hands, rate_hz: float
) -> dict[str, list[tuple[float, bool, np.ndarray]]]:
    buffer, live = SequenceBuffer(rate_hz), LiveStreams(hands, rate_hz)
    rows: dict[str, list[tuple[float, bool, np.ndarray]]] = {}
    for index in range(len(recording)):
        ticks = buffer.update(recording.frame(index))
        for row in live.update(ticks, Geometry(recording.image_size)):
            if row.features is not None:
                rows.setdefault(row.hand, []).append((row.time_s, row.starts, row.features))
    return rows


@pytest.mark.parametrize("hands", ["one", "both"])
@pytest.mark.parametrize("rate_hz", [25.0, 12.0])
@pytest.mark.parametrize("seed", range(4))
def test_live_rows_equal_the_offline_streams_to_the_bit(hands: Hands, rate_hz: float, seed: int) -> None:
    recording = both_hands(seed)
    live = live_rows(recording, hands, rate_hz)
    offline = streams(recording, hands, rate_hz)
    assert set(live) == {stream.hand for stream in offline}
    for hand, rows in live.items():
        mine = [stream for stream in offline if stream.hand == hand]
        np.testing.assert_array_equal(
            [row[0] for row in rows], np.concatenate([stream.times_s for stream in mine])
        )
        np.testing.assert_array_equal(
            np.stack([row[2] for row in rows]), np.concatenate([s.features for s in mine])
        )
        starts = [row[0] for row in rows if row[1]]
        assert starts == [stream.times_s[0] for stream in mine]


@pytest.mark.parametrize("hands", ["one", "both"])
def test_features_are_finite_and_of_the_stated_width(hands: Hands) -> None:
    for stream in streams(both_hands(7), hands, 25.0):
        assert stream.features.shape[1] == num_features(hands)
        assert stream.features.dtype == np.float32
        assert np.isfinite(stream.features).all()


def test_a_hand_out_of_view_for_more_than_a_second_starts_a_new_stream() -> None:
    path = np.full((180, 2), 0.5)
    path[30:50] = np.nan  # two thirds of a second: held
    path[90:150] = np.nan  # two seconds: gone
    assert len(streams(recording_of({1: path}), "one", 25.0)) == 2


def test_a_left_hand_swiping_left_looks_like_a_right_hand_swiping_left() -> None:
    """Shape is mirrored, path is not: "left" means left for either hand."""
    right, left = strokes(["left"], slot=1), strokes(["left"], slot=0)
    a, b = streams(right, "one", 25.0)[0].features, streams(left, "one", 25.0)[0].features
    np.testing.assert_allclose(a.mean(axis=0), b.mean(axis=0), atol=0.15)


def test_a_model_for_one_hand_gets_one_stream_per_hand() -> None:
    path = np.full((60, 2), 0.5)
    recording = recording_of({0: path, 1: path})
    assert [stream.hand for stream in streams(recording, "one", 25.0)] == ["left", "right"]
    assert [stream.hand for stream in streams(recording, "both", 25.0)] == ["both"]
