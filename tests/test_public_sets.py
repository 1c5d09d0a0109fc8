"""The benchmarks' readers on tiny made-up folders of the public sets' form, and what the benchmarks count."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import benchmark
import benchmark_egocentric
import benchmark_few_shot
import benchmark_rates
import benchmark_unknown
import benchmark_webcam_signs
import benchmark_zero_shot
import classification
import cv2
import numpy as np
import pytest
from classification import classify
from click.testing import CliRunner
from folds import Fold, without
from public_sets import FPHA_RATE_HZ, egocentric, fpha, odd_and_even, shrec2021, thinned, webcam_signs
from results import spread
from rich.console import Console
from synthetic import open_hand, recording_of, strokes

from gesture.recognizer import Tick
from gesture.streams import streams
from gesture.types import IGNORE, GestureEvent, Recording, Take
from gesture.virtual import VirtualCamera, make_scene

_FROM_MEDIAPIPE = [0, 1, 5, 9, 13, 17, 2, 3, 4, 6, 7, 8, 10, 11, 12, 14, 15, 16, 18, 19, 20]
"""Where FPHA's 21 points stand in MediaPipe's order."""


def hand_m(num_frames: int, distance_m: float = 0.4) -> np.ndarray:
    """(T, 21, 3): a right hand in front of a sensor, x right, y down, z away from it, moving to the right."""
    path = np.zeros((num_frames, 1, 3))
    path[:, 0, 0] = np.linspace(0.0, 0.1, num_frames)
    return open_hand() * 0.08 + (0.0, 0.0, distance_m) + path


@pytest.fixture
def fpha_folder(tmp_path: Path) -> Path:
    keys = ["Subject_1/open_jar/1", "Subject_2/open_jar/2", "Subject_1/wave/1"]
    lengths = [12, 15, 9]
    coords = np.concatenate([hand_m(length)[:, _FROM_MEDIAPIPE] * 1000 for length in lengths])
    np.savez(
        tmp_path / "fpha_skeletons.npz",
        coords=coords.astype(np.float32),
        offsets=np.cumsum([0, *lengths]),
        keys=np.array(keys),
    )
    (tmp_path / "split.txt").write_text(
        f"Training 2\n{keys[1]} 0\n{keys[2]} 1\nTest 1\n{keys[0]} 0\n", encoding="utf-8"
    )
    return tmp_path


def test_fpha_is_split_as_its_list_says(fpha_folder: Path) -> None:
    train, test = fpha(fpha_folder)
    assert [recording.name for recording in train] == ["Subject_2/open_jar/2", "Subject_1/wave/1"]
    assert [(r.person, r.takes) for r in test] == [
        ("Subject_1", (Take(0.0, 12 / FPHA_RATE_HZ, "open_jar", "right"),))
    ]
    assert train[0].view == "egocentric"


def test_fpha_is_seen_with_its_landmarks_in_order_and_its_right_on_the_right(fpha_folder: Path) -> None:
    hand = fpha(fpha_folder)[1][0].landmarks[:, 1]
    assert np.isnan(fpha(fpha_folder)[1][0].landmarks[:, 0]).all()
    assert hand[-1, 0, 0] > hand[0, 0, 0]
    tips, knuckles = hand[0, [8, 12, 16, 20], 1], hand[0, [5, 9, 13, 17], 1]
    assert (tips < knuckles).all()
    assert (knuckles < hand[0, 0, 1]).all()


@pytest.fixture
def shrec_folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    sequences = {str(index): rng.normal(0, 0.05, (60, 20, 3)).astype(np.float32) for index in range(1, 9)}
    np.savez(tmp_path / "training_set_positions.npz", **sequences)
    lines = [f"{index};TAP;10;20;ONE;30;50;" for index in range(1, 8)] + ["8;TAP;40;12;ONE;30;50"]
    (tmp_path / "training_annotations.txt").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


def test_shrec_has_its_takes_in_seconds_without_those_that_end_before_they_begin(shrec_folder: Path) -> None:
    recordings = shrec2021(shrec_folder)
    assert recordings[0].takes == (Take(0.2, 0.4, "TAP", "right"), Take(0.6, 1.0, "ONE", "right"))
    assert [take.label for take in recordings[7].takes] == ["ONE"]
    assert sorted({recording.person for recording in recordings}) == ["size0", "size1", "size2", "size3"]


def test_shrec_is_halved_by_the_number_of_the_sequence(shrec_folder: Path) -> None:
    halves = odd_and_even(shrec2021(shrec_folder))
    assert {half: [recording.name for recording in recordings] for half, recordings in halves.items()} == {
        "odd": ["training-1", "training-3", "training-5", "training-7"],
        "even": ["training-2", "training-4", "training-6", "training-8"],
    }


@pytest.fixture
def signs_folder(tmp_path: Path) -> Path:
    for person in (1, 2):
        hands = np.zeros((6, 10, 2, 21, 3), np.float32)
        hands[:, 2:, 1] = 0.5 + 0.1 * open_hand()
        hands[0, 7:] = np.nan
        labels = np.array(["hello", "thanks"] * 3)
        np.savez(tmp_path / f"person_{person:02d}.npz", hands=hands, labels=labels)
    return tmp_path


def test_signs_know_hands_that_were_not_seen_and_drop_padding(signs_folder: Path) -> None:
    recordings = webcam_signs(signs_folder)
    assert [(r.person, len(r)) for r in recordings[:2]] == [("person_01", 7), ("person_01", 10)]
    seen = ~np.isnan(recordings[0].landmarks[:, :, 0, 0])
    assert seen.sum(axis=0).tolist() == [0, 5]
    assert recordings[1].takes == (Take(0.0, 0.5, "thanks", "both"),)
    assert len(streams(recordings[0], "both", 25.0)) == 1


def test_persons_are_left_out_once_and_show_takes_of_every_sign(signs_folder: Path) -> None:
    recordings = webcam_signs(signs_folder)
    left_out = [{r.person for r in test} for _, test in benchmark_webcam_signs.folds(recordings, seed=0)]
    assert sorted(map(sorted, left_out)) == [["person_01"], ["person_02"]]
    takes = benchmark_webcam_signs.by_person(recordings)["person_01"]
    own, rest = benchmark_webcam_signs.own_takes([*takes, *takes], seed=0)
    assert sorted(take.takes[0].label for take in own) == ["hello"] * 3 + ["thanks"] * 3
    assert len(rest) == 6


def test_a_take_in_which_no_hand_is_seen_teaches_nothing_and_is_tested(signs_folder: Path) -> None:
    take = webcam_signs(signs_folder)[0]
    unseen = np.full_like(take.landmarks, np.nan)
    takes = [replace(take, name="seen")] + [
        replace(take, landmarks=unseen, name=f"unseen{at}") for at in range(9)
    ]
    teach, rest = benchmark_few_shot.drawn(takes, k=3, seed=0)
    assert [each.name for each in teach] == ["seen"]
    assert len(rest) == 9


@pytest.fixture
def clips_folder(tmp_path: Path) -> Path:
    scene = make_scene(["wave"], seed=0)
    film(tmp_path / "wave_1.mp4", [frame.image for frame in VirtualCamera(scene, rate_hz=10.0, seed=0)])
    return tmp_path


def film(path: Path, images: list[np.ndarray]) -> None:
    height, width = images[0].shape[:2]
    writer = cv2.VideoWriter(
        str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"mp4v"), 10.0, (width, height)
    )
    for image in images:
        writer.write(image[..., ::-1])
    writer.release()


def test_clips_are_read_once_and_their_environment_splits_them(clips_folder: Path, tmp_path: Path) -> None:
    (clips_folder / "clips.csv").write_text("file,label,environment\nwave_1.mp4,background,7\n")
    states: list[str] = []
    for _ in range(2):
        found = egocentric(
            clips_folder, tmp_path / "cache", on_clip=lambda outcome: states.append(outcome.state)
        )
    assert states == ["imported", "there"]
    assert [(r.person, r.view, r.takes[0].label) for r in found] == [("7", "egocentric", "background")]


def test_a_clip_without_a_hand_is_not_left_out_in_silence(tmp_path: Path) -> None:
    film(tmp_path / "empty.mp4", [np.full((120, 160, 3), 90, np.uint8)] * 5)
    (tmp_path / "clips.csv").write_text("file,label,environment\nempty.mp4,star,7\n")
    with pytest.raises(SystemExit, match=r"empty\.mp4"):
        egocentric(tmp_path, tmp_path / "cache")


def test_environments_are_shared_out_over_folds() -> None:
    still = recording_of({1: np.full((5, 2), 0.5)})
    recordings = [replace(still, person=person) for person in "aaabbcccddef"]
    tests = [test for _, test in benchmark_egocentric.folds(recordings)]
    assert [len(test) for test in tests] == [3, 3, 3, 3]
    persons = [{each.person for each in test} for test in tests]
    assert sum(map(len, persons)) == len(set().union(*persons)) == 6


def test_a_whole_sequence_is_named_by_its_second_half(monkeypatch: pytest.MonkeyPatch) -> None:
    said = [[0.1, 0.8, 0.1]] * 4 + [None] + [[0.1, 0.3, 0.6]] * 5
    ticks = [Tick(0.0, 0.0, "right", None if each is None else np.array(each, np.float32)) for each in said]
    monkeypatch.setattr(classification, "ticks", lambda *_: ticks)
    assert classify(Labelled(("background", "a", "b")), None) == "b"  # type: ignore[arg-type]
    ticks[:] = [ticks[4]]
    assert classify(Labelled(("background", "a", "b")), None) == ""  # type: ignore[arg-type]


class Labelled:
    """A model as far as its labels go."""

    def __init__(self, labels: tuple[str, ...]) -> None:
        self.manifest = self
        self.labels = labels


def onset(label: str, time_s: float) -> GestureEvent:
    return GestureEvent(label, "right", "onset", time_s, time_s, None, 0.9)


@pytest.mark.parametrize(
    ("onsets", "expected"),
    [
        ([], (0, 1, 0, 1)),
        ([onset("wave", 1.5)], (0, 1, 1, 1)),
        ([onset("wave", 3.5)], (1, 1, 0, 1)),
        ([onset("wave", 1.5), onset("wave", 3.2), onset("grab", 3.8)], (1, 1, 1, 1)),
        ([onset("wave", 2.4)], (0, 1, 1, 1)),  # it names the wave, though the tap has begun
        ([onset("grab", 8.0)], (0, 1, 0, 1)),
    ],
)
def test_an_unknown_gesture_is_accepted_if_anything_fires_during_it(
    onsets: list[GestureEvent], expected: tuple[int, ...]
) -> None:
    takes = [Take(1.0, 2.0, "wave", "right"), Take(2.2, 4.0, "tap", "right")]
    assert benchmark_unknown.count(takes, onsets, {"tap"}) == expected


def test_what_is_left_out_is_neither_gesture_nor_background() -> None:
    (changed,) = without([strokes(["left", "up"])], ["up"])
    assert [take.label for take in changed.takes] == ["left", IGNORE]


@pytest.mark.parametrize("rate_hz", benchmark_rates.RATES_HZ)
def test_another_rate_has_its_number_of_frames_on_the_same_path(rate_hz: float) -> None:
    times_s = np.arange(0, 20, 1 / 50)
    path = np.stack([0.3 + 0.02 * times_s, np.full_like(times_s, 0.5)], axis=-1)
    recording = recording_of({1: path}, rate_hz=50.0, takes=(Take(1.0, 2.0, "wave", "right"),))
    other = benchmark_rates.at_rate(recording, rate_hz, np.random.default_rng(0))
    assert len(other) / (20 * rate_hz) == pytest.approx(0.95, abs=0.04)
    np.testing.assert_allclose(other.landmarks[:, 1, 0, 0], 0.3 + 0.02 * other.times_s, atol=1e-5)
    assert np.isnan(other.landmarks[:, 0]).all()
    assert other.takes == recording.takes
    assert np.diff(other.times_s).std() > 0.1 / rate_hz


@pytest.mark.parametrize(("limit", "expected"), [(None, 9), (3, 3), (20, 9)])
def test_a_limit_keeps_what_is_spread_evenly(limit: int | None, expected: int) -> None:
    kept = thinned(list(range(9)), limit)
    assert len(kept) == expected
    assert (kept[0], kept[-1]) == (0, 8)


def test_figures_are_a_mean_with_its_extremes() -> None:
    assert spread([0.8, 0.9]) == "0.850 (0.800–0.900)"


@pytest.mark.parametrize("quarter", [*range(4), None])
def test_what_a_fold_tests_teaches_it_nothing_and_chooses_nothing(quarter: int | None) -> None:
    everybody = [strokes(["left", "up"], person=f"size{size}") for size in range(4)]
    fold = Fold(seed=2, quarter=quarter, unknown=("up",))
    rest, test = fold.rest(everybody), fold.test(everybody)
    assert not {recording.person for recording in rest} & {recording.person for recording in test}
    assert len(rest) + len(test) == 4
    assert fold.chooser in {recording.person for recording in rest}
    assert {take.label for recording in rest for take in recording.takes} == {"left", IGNORE}


def test_models_of_different_folds_are_kept_apart() -> None:
    folds = [Fold(0, 1), Fold(1, 0), Fold(0, None), Fold(0, 1, ("up",)), Fold(0, 1, form="window")]
    assert len({fold.name for fold in folds}) == len(folds)


def test_each_label_is_unknown_to_one_quarter() -> None:
    labels = [f"label{index}" for index in range(17)]
    parts = benchmark_unknown.unknown_labels(labels, seed=3)
    assert sorted(label for part in parts for label in part) == sorted(labels)
    assert [len(part) for part in parts] == [5, 4, 4, 4]


def test_a_folder_that_lacks_the_set_is_one_line(tmp_path: Path) -> None:
    result = CliRunner().invoke(benchmark.main, ["zero-shot", "--data", str(tmp_path)])
    assert result.exit_code == 1
    assert result.output.startswith(
        f"Error: {tmp_path}/shrec2021_online/training_set_positions.npz: not found."
    )


def test_after_real_takes_those_that_taught_are_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of six odd cut-outs of one gesture one teaches, then five; of the others a half is named rightly."""
    asked: list[int] = []

    def half_right(_: object, takes: list[Recording]) -> float:
        asked.append(len(takes))
        return len(takes) / 2

    monkeypatch.setattr(benchmark_zero_shot, "trained_further", lambda model, *_: model)
    monkeypatch.setattr(benchmark_zero_shot, "num_right", half_right)
    times_s = np.arange(0, 13, 1 / 30)
    takes = tuple(Take(2.0 * at, 2.0 * at + 1, "TAP", "right") for at in range(6))
    recording = recording_of({1: np.full((len(times_s), 2), 0.5)}, takes=takes)
    result: dict[str, dict[str, float]] = {"odd": {}, "even": {}}
    parts = {"odd": [recording], "even": [recording]}
    benchmark_zero_shot.add_accuracy_after_takes(result, None, parts, 0, Console(quiet=True))  # type: ignore[arg-type]
    assert asked == [5, 6, 1, 6]
    assert result == {"odd": {"after 1": 0.5, "after 5": 0.5}, "even": {"after 1": 0.5, "after 5": 0.5}}
