"""Recordings -> model -> live: what training promises, on strokes small enough to learn in seconds."""

from __future__ import annotations

import itertools
import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from synthetic import recording_of, strokes

from gesture.errors import DataError, ModelError
from gesture.evaluation.onsets import evaluate_model
from gesture.manifest import MANIFEST, NETWORK, find_model
from gesture.recognizer import Recognizer, hear, spot
from gesture.runtime import GestureModel
from gesture.train import Training, fit
from gesture.training.augmentation import augment
from gesture.training.calibration import calibrate
from gesture.training.dataset import labels_of
from gesture.training.fitting import Epoch, best_epoch
from gesture.training.source import LEAST_BATCHES, VariedCrops
from gesture.training.splits import split
from gesture.types import Recording, Take

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")

EPOCHS = 27


def people(*names: str, seed: int = 0) -> list[Recording]:
    labels = ["left", "right", "up", "down"] * 3
    return [strokes(labels, seed=seed + i, person=name, name=f"{name}-{i}") for i, name in enumerate(names)]


@pytest.fixture(scope="module")
def trained() -> Training:
    return fit(people(*"aabbdc"), epochs=EPOCHS, units=48, holdout=["c"])


@pytest.fixture(scope="module")
def folder(trained: Training, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained.model.save(tmp_path_factory.mktemp("models") / "strokes")


def test_a_person_it_never_saw_is_recognised(trained: Training) -> None:
    assert trained.evaluation.num_right >= 11
    assert trained.evaluation.num_false <= 2
    assert trained.note.startswith("validated on c, whom training never saw; the thresholds were chosen")


def test_what_was_heard_once_gives_the_same_thresholds_and_figures(trained: Training) -> None:
    model, recordings = trained.model, people("e", "f", seed=7)
    said = list(hear(model, recordings))
    assert calibrate(model, recordings, said=said) == calibrate(model, recordings)
    assert (
        evaluate_model(model, recordings, said=said).to_json() == evaluate_model(model, recordings).to_json()
    )
    with pytest.raises(ValueError, match="zip"):
        evaluate_model(model, recordings, said=said[:1])


def test_it_is_quiet_while_nobody_gestures(trained: Training) -> None:
    times_s = np.arange(0, 60, 1 / 30)
    path = 0.5 + 0.02 * np.stack([np.sin(times_s), np.cos(0.7 * times_s)], axis=-1)
    idle = recording_of({1: path}, jitter=0.001)
    assert [event for event in spot(trained.model, idle) if event.phase == "onset"] == []


def test_the_exported_network_computes_what_keras_does(trained: Training) -> None:
    assert trained.difference <= 1e-5


@pytest.mark.parametrize("cell", ["lstm", "rnn"])
def test_every_cell_trains_and_exports(cell: str) -> None:
    done = fit(people("a", "b"), cell=cell, epochs=2, units=8, layers=2)  # type: ignore[arg-type]
    assert done.difference <= 1e-5
    assert done.model.manifest.network == {"cell": cell, "units": 8, "layers": 2}


def test_gestures_of_both_hands_are_seen_by_one_network() -> None:
    recording = strokes(["left", "right"] * 3)
    both = replace(
        recording,
        landmarks=np.stack(
            [recording.landmarks[:, 1] * (-1, 1, 1) + (1, 0, 0), recording.landmarks[:, 1]], axis=1
        ).astype(np.float32),
        takes=tuple(replace(take, hand="both") for take in recording.takes),
    )
    done = fit([both], epochs=2, units=8)
    assert done.model.manifest.hands == "both"
    assert {event.hand for event in spot(done.model, both)} <= {"both"}


def test_the_same_seed_gives_the_same_model() -> None:
    first, second = (fit(people("a", "b"), epochs=2, units=8, seed=5) for _ in range(2))
    assert first.history[-1].loss == second.history[-1].loss
    rows = np.random.default_rng(0).normal(size=first.model.num_features).astype(np.float32)
    outputs = [done.model.step(rows, done.model.initial_state)[0] for done in (first, second)]
    np.testing.assert_array_equal(*outputs)


def test_ctrl_c_keeps_the_best_epoch_so_far() -> None:
    def interrupt(epoch: Epoch) -> None:
        if epoch.number == 2:
            os.kill(os.getpid(), signal.SIGINT)

    done = fit(people("a", "b"), epochs=50, units=8, on_epoch=interrupt)
    assert done.interrupted
    assert len(done.history) == 2
    assert done.model.manifest.training["best_epoch"] in (1, 2)


@pytest.mark.parametrize(
    ("accuracies", "expected"),
    [
        ([0.5, 0.9, 0.95, 0.949], 4),  # as good, and later
        ([0.5, 0.96, 0.9, 0.95], 2),  # it got worse, and stayed so
        ([1.0, 1.0, 1.0], 3),
        ([0.3], 1),
    ],
)
def test_the_last_epoch_that_is_as_good_as_any_is_kept(accuracies: list[float], expected: int) -> None:
    history = [Epoch(at + 1, 9, 0.0, 0.0, 0.1 * at, value, 0.0) for at, value in enumerate(accuracies)]
    assert best_epoch(history) == expected


@pytest.mark.parametrize(
    ("recordings", "message"),
    [
        ([recording_of({1: np.full((60, 2), 0.5)})], "no labelled take"),
        ([recording_of({1: np.full((60, 2), np.nan)}, takes=(Take(0.5, 1.5, "wave", "right"),))], "no hand"),
    ],
)
def test_what_cannot_be_trained_on_is_said(recordings: list[Recording], message: str) -> None:
    with pytest.raises(DataError, match=message):
        fit(recordings, epochs=1, units=8)


def test_crops_of_short_streams_are_short() -> None:
    recordings = [recording_of({1: np.full((45, 2), 0.5)}, takes=(Take(0.0, 1.5, "still", "right"),))] * 3
    data = VariedCrops(split(recordings, holdout=None), labels_of(recordings), "one", 0.28, 0, None)
    features, targets, _ = data[0]
    assert features.shape[1] == targets.shape[1] == round(1.4 * 37)  # 45 frames at 30 Hz are 37 ticks


@pytest.mark.parametrize("least_batches", [LEAST_BATCHES, 5])
def test_an_epoch_of_few_takes_has_the_least_number_of_batches(least_batches: int) -> None:
    few = [strokes(["left", "right"])]
    parts, labels = split(few, holdout=None), labels_of(few)
    assert len(VariedCrops(parts, labels, "one", 0.28, 0, None, least_batches=least_batches)) == least_batches


@pytest.mark.parametrize("epochs", [1, 2])
def test_a_single_epoch_is_drawn_once_and_others_anew(epochs: int) -> None:
    """Keras looks at a batch and says that an epoch ended, before the first begins."""
    few = [strokes(["left", "right"])]
    data = VariedCrops(split(few, holdout=None), labels_of(few), "one", 0.28, 0, None, epochs=epochs)
    first = np.copy(data[0][0])  # type: ignore[arg-type]
    data.on_epoch_end()
    assert np.array_equal(first, data[0][0]) == (epochs == 1)  # type: ignore[arg-type]


@pytest.mark.parametrize(("num", "some_of_it"), [(4, range(4, 5)), (20, range(8, 17))])
def test_an_epoch_of_many_recordings_varies_a_part_of_them(
    num: int, some_of_it: range, monkeypatch: pytest.MonkeyPatch
) -> None:
    varied: list[str] = []

    def augment_and_tell(recording: Recording, rng: np.random.Generator) -> Recording:
        varied.append(recording.name)
        return augment(recording, rng)

    monkeypatch.setattr("gesture.training.source.augment", augment_and_tell)
    names = [f"{index:02d} of {num}" for index in range(num)]
    many = [strokes(["left", "right"] * 18, seed=seed, name=name) for seed, name in enumerate(names)]
    VariedCrops(split(many, holdout=None), labels_of(many), "one", 0.28, 0, None)
    mine = [name for name in varied if name in names]  # another data set may still be drawing ahead
    once = 1 + next(at for at in range(num) if mine[at + 1] <= mine[at])  # they come in order
    assert once in some_of_it


@pytest.mark.parametrize(("either_hand", "least", "most"), [(False, 0.0, 0.3), (True, 0.4, 0.6)])
def test_where_either_hand_may_a_label_is_taught_both_ways(
    either_hand: bool, least: float, most: float
) -> None:
    recordings = [strokes(["left"] * 6, seed=seed) for seed in range(4)]
    parts, labels = split(recordings, holdout=None), labels_of(recordings)
    data = VariedCrops(parts, labels, "one", 0.28, 0, None, either_hand=either_hand)
    features, targets, weights = (np.asarray(each) for each in data[0])
    velocity_x = features[..., 77][(targets == 1) & (weights > 0)]
    to_the_right = np.mean(velocity_x[np.abs(velocity_x) > 3] > 0)
    assert least <= to_the_right <= most


@pytest.fixture(scope="module")
def from_one_take() -> tuple[Training, list[Epoch]]:
    """Mirror images of it teach, too; and what was told while it trained."""
    told: list[Epoch] = []
    done = fit([strokes(["left"])], epochs=3, units=8, either_hand=True, on_epoch=told.append)
    return done, told


def test_progress_is_told_every_epoch(from_one_take: tuple[Training, list[Epoch]]) -> None:
    _, told = from_one_take
    assert [epoch.number for epoch in told] == [1, 2, 3]
    assert told[-1].seconds_left == pytest.approx(0.0)


def test_a_model_says_whether_mirror_images_taught_it(
    trained: Training, from_one_take: tuple[Training, list[Epoch]]
) -> None:
    assert from_one_take[0].model.manifest.training["either_hand"] is True
    assert trained.model.manifest.training["either_hand"] is False


def test_one_take_only_trains_and_says_what_it_cannot_show(
    from_one_take: tuple[Training, list[Epoch]],
) -> None:
    done, told = from_one_take
    assert all(np.isnan(epoch.val_loss) and np.isnan(epoch.val_accuracy) for epoch in (*told, *done.history))
    assert "too few takes" in done.note
    assert "train" in done.model.manifest.metrics


def test_a_saved_model_comes_back_the_same(trained: Training, folder: Path) -> None:
    loaded = GestureModel.load(folder)
    assert loaded.manifest == replace(trained.model.manifest)
    recording = people("d", seed=9)[0]
    assert spot(loaded, recording) == spot(trained.model, recording)


def test_live_events_do_not_depend_on_how_frames_are_fed(folder: Path) -> None:
    recording = people("d", seed=9)[0]
    model = GestureModel.load(folder)
    recognizer = Recognizer(model)
    live = [event for i in range(len(recording)) for event in recognizer.update(recording.frame(i))]
    assert live + recognizer.finish() == spot(model, recording)
    assert evaluate_model(model, [recording]).num_right >= 9


def test_a_short_gap_in_a_stroke_does_not_break_it(folder: Path) -> None:
    recording = people("d", seed=9)[0]
    model = GestureModel.load(folder)
    landmarks = recording.landmarks.copy()
    for take in recording.takes:
        middle = np.searchsorted(recording.times_s, 0.5 * (take.start_s + take.end_s))
        landmarks[middle - 1 : middle + 2] = np.nan
    whole, gappy = (evaluate_model(model, [r]) for r in (recording, replace(recording, landmarks=landmarks)))
    assert gappy.num_right >= whole.num_right - 2


def test_the_hand_leaving_ends_what_was_going_on(folder: Path) -> None:
    recording = people("d", seed=9)[0]
    events = spot(GestureModel.load(folder), recording)
    for hand, group in itertools.groupby(
        sorted(events, key=lambda event: event.hand), key=lambda event: event.hand
    ):
        phases = [event.phase for event in sorted(group, key=lambda event: event.time_s)]
        assert phases.count("onset") == phases.count("end"), hand


@pytest.mark.parametrize("name", [MANIFEST, NETWORK])
def test_a_missing_file_is_named(folder: Path, tmp_path: Path, name: str) -> None:
    broken = copy_of(folder, tmp_path)
    (broken / name).unlink()
    with pytest.raises(ModelError, match=name):
        GestureModel.load(broken)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 99}, "format 99"),
        ({"features": {"name": "hand", "version": 99}}, "features"),
        ({"labels": ["background"]}, "labels"),
        ({"labels": ["background", "a", "b"], "thresholds": [1, 0.7, 0.7]}, "two different models"),
        ({"decision": 3}, "not a model's manifest"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(
    folder: Path, tmp_path: Path, change: dict, message: str
) -> None:
    broken = copy_of(folder, tmp_path)
    values = json.loads((broken / MANIFEST).read_text())
    (broken / MANIFEST).write_text(json.dumps({**values, **change}))
    with pytest.raises(ModelError, match=message):
        GestureModel.load(broken)


@pytest.mark.parametrize("content", [b"", b"not a network", b"TFL3" * 10])
def test_a_damaged_network_is_refused(folder: Path, tmp_path: Path, content: bytes) -> None:
    broken = copy_of(folder, tmp_path)
    (broken / NETWORK).write_bytes(content)
    with pytest.raises(ModelError, match="damaged"):
        GestureModel.load(broken)


def test_a_folder_that_is_no_model_is_not_overwritten(trained: Training, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("three years of work")
    with pytest.raises(ModelError, match="not a model"):
        trained.model.save(tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "three years of work"


def test_a_model_is_replaced_whole(trained: Training, tmp_path: Path) -> None:
    for _ in range(2):
        path = trained.model.save(tmp_path / "mine")
    assert {entry.name for entry in path.iterdir()} == {MANIFEST, NETWORK, "model.keras"}
    assert [entry.name for entry in tmp_path.iterdir()] == ["mine"]


def test_the_model_in_use_is_mine_if_there_is_one(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_model().name == "default"
    assert find_model("default") == find_model()
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "mine").symlink_to(folder)
    assert find_model() == Path("models/mine")
    assert find_model("mine") == Path("models/mine")


def copy_of(folder: Path, tmp_path: Path) -> Path:
    broken = tmp_path / "broken"
    broken.mkdir()
    for entry in folder.iterdir():
        (broken / entry.name).write_bytes(entry.read_bytes())
    return broken
