"""The window form: the last seconds anew at every tick, through the same code as the streaming form."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from synthetic import strokes

from gesture.export import export_model
from gesture.model import build_network, load_network, run_network, window_of
from gesture.recognizer import Recognizer, spot
from gesture.runtime import GestureModel
from gesture.train import Training, fit
from gesture.training.dataset import Example, every_end, random_ends, windows
from gesture.types import Recording

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")

LABELS = ["left", "right", "up", "down"] * 3
WINDOW_S = 0.8


def people(*names: str) -> list[Recording]:
    return [strokes(LABELS, seed=i, person=name, name=f"{name}-{i}") for i, name in enumerate(names)]


@pytest.fixture(scope="module")
def trained() -> Training:
    return fit(people(*"aabc"), form="window", window_s=WINDOW_S, epochs=2, units=24, holdout=["c"])


@pytest.fixture(scope="module")
def folder(trained: Training, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return trained.model.save(tmp_path_factory.mktemp("models") / "window")


@pytest.mark.slow
def test_it_learns_and_spots() -> None:
    done = fit(people(*"aabbc"), form="window", window_s=WINDOW_S, epochs=17, units=48, holdout=["c"])
    assert done.evaluation.num_right >= 8
    assert done.evaluation.num_false <= 8


def test_its_manifest_says_what_it_is(trained: Training) -> None:
    assert trained.model.manifest.form == "window"
    assert trained.model.manifest.network["window_s"] == WINDOW_S


def test_the_exported_network_computes_what_keras_does(trained: Training) -> None:
    assert trained.difference <= 1e-5


def test_live_events_do_not_depend_on_how_frames_are_fed(folder: Path) -> None:
    recording = people(*"cd")[1]
    recognizer = Recognizer(GestureModel.load(folder))
    live = [event for i in range(len(recording)) for event in recognizer.update(recording.frame(i))]
    assert live + recognizer.finish() == spot(GestureModel.load(folder), recording)


def test_what_is_older_than_the_window_is_forgotten(folder: Path) -> None:
    model = GestureModel.load(folder)
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(40, model.num_features)).astype(np.float32)
    others = rows.copy()
    others[:10] = rng.normal(size=(10, model.num_features))
    window = window_of(load_network(folder))
    assert window == 20
    said = [run_network(load_network(folder), each) for each in (rows, others)]
    np.testing.assert_array_equal(said[0][10 + window :], said[1][10 + window :])
    assert not np.allclose(said[0][9], said[1][9])


@pytest.mark.parametrize("form", ["litert", "keras"])
def test_an_export_computes_what_the_model_does(form: str, folder: Path, tmp_path: Path) -> None:
    assert export_model(folder, form, tmp_path / "export").difference <= 1e-5  # type: ignore[arg-type]


@pytest.mark.parametrize("cell", ["lstm", "rnn"])
def test_every_cell_runs_over_a_window(cell: str) -> None:
    network = build_network(
        5, 3, cell=cell, units=4, layers=2, mean=np.zeros(5), variance=np.ones(5), window=6
    )  # type: ignore[arg-type]
    streams = np.random.default_rng(0).normal(size=(2, 9, 5)).astype(np.float32)
    said = run_network(network, streams)
    assert said.shape == (2, 9, 3)
    np.testing.assert_allclose(said.sum(axis=-1), 1.0, atol=1e-5)
    np.testing.assert_allclose(said[1], run_network(network, streams[1]), atol=1e-6)


def test_a_window_ends_at_its_target_and_begins_with_zeros() -> None:
    part = Example(np.arange(1, 7, dtype=np.float32)[:, None], np.array([-1, 0, 0, 1, 1, -1]))
    weights = np.array([0.5, 2.0], np.float32)
    assert every_end([part], 1) == [(0, 1), (0, 2), (0, 3), (0, 4)]
    cut = windows([part], [(0, 1), (0, 4)], 4, weights)
    np.testing.assert_array_equal(cut.features[..., 0], [[0, 0, 1, 2], [2, 3, 4, 5]])
    assert cut.targets.tolist() == [0, 1]
    assert cut.weights.tolist() == [0.5, 2.0]


def test_windows_end_in_rare_classes_as_often_as_their_weight_says() -> None:
    part = Example(np.zeros((100, 1), np.float32), np.array([0] * 90 + [1] * 10))
    ends = random_ends([part], 2000, np.array([1.0, 9.0], np.float32), np.random.default_rng(0))
    assert np.mean([part.targets[last] for _, last in ends]) == pytest.approx(0.5, abs=0.05)
