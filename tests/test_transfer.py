"""A new model begins with what an old one knows: its layers, its normalisation, the labels that both have."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from synthetic import strokes

from gesture.cli import main
from gesture.errors import ModelError
from gesture.evaluation.onsets import comparison_rows
from gesture.model import build_network, keras, load_network, normalisation_of
from gesture.recording import save_recording
from gesture.report import report_files
from gesture.train import fit
from gesture.training.transfer import Outputs, Predecessor, compare_labels
from gesture.types import Recording

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


def people(labels: list[str], names: str, seed: int = 0) -> list[Recording]:
    return [
        strokes(labels * 3, seed=seed + i, person=name, name=f"{name}-{seed + i}")
        for i, name in enumerate(names)
    ]


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "old"
    done = fit(people(["left", "right", "up"], "ab"), epochs=2, units=12, holdout=["b"])
    assert done.inheritance is None
    assert b"Old against new" not in report_files(done)["report.html"]
    return done.model.save(folder)


def network_like(predecessor: Predecessor, num_labels: int, units: int = 12, cell: str = "gru"):
    mean, variance = predecessor.normalisation
    return build_network(
        len(mean), num_labels, cell=cell, units=units, layers=1, mean=mean, variance=variance  # type: ignore[arg-type]
    )  # fmt: skip


def test_the_same_labels_give_the_same_network(old: Path) -> None:
    predecessor = Predecessor.load(old)
    labels = predecessor.model.manifest.labels
    network = network_like(predecessor, len(labels))
    assert predecessor.hand_down(network, labels) == ("dense", "gru_0", "probabilities")
    rows = np.random.default_rng(0).normal(size=(1, 20, predecessor.model.num_features)).astype(np.float32)
    np.testing.assert_allclose(network(rows), predecessor.network(rows), atol=1e-6)


def test_labels_are_taken_over_by_name(old: Path) -> None:
    predecessor = Predecessor.load(old)
    network = network_like(predecessor, 4)
    fresh = network.get_layer("probabilities").get_weights()
    predecessor.hand_down(network, ["background", "drop", "left", "up"])
    kernel, bias = network.get_layer("probabilities").get_weights()
    old_kernel, old_bias = predecessor.network.get_layer("probabilities").get_weights()
    np.testing.assert_array_equal(kernel[:, [0, 2, 3]], old_kernel[:, [0, 1, 3]])
    np.testing.assert_array_equal(bias[[0, 2, 3]], old_bias[[0, 1, 3]])
    np.testing.assert_array_equal(kernel[:, 1], fresh[0][:, 1])


def test_a_label_starts_with_the_odds_against_background_that_it_is_given(old: Path) -> None:
    rng = np.random.default_rng(3)
    weights, bias = rng.normal(size=(1, 12)).astype(np.float32), np.array([-0.5], np.float32)
    predecessor = Predecessor.load(old, Outputs(("drop",), weights, bias))
    network = network_like(predecessor, 5)
    predecessor.hand_down(network, ["background", "drop", "left", "right", "up"])
    rows = rng.normal(size=(1, 20, predecessor.model.num_features)).astype(np.float32)
    ours, theirs = np.asarray(network(rows))[0], np.asarray(predecessor.network(rows))[0]
    embedded = keras.Model(network.inputs, network.layers[-2].output)(rows)
    odds = np.exp(np.asarray(embedded)[0] @ weights[0] + bias[0])
    np.testing.assert_allclose(ours[:, 1] / ours[:, 0], odds, rtol=1e-4)
    # Nothing changes among the others.
    np.testing.assert_allclose(ours[:, [0, 2, 3, 4]] / (1 - ours[:, [1]]), theirs, atol=1e-6)


@pytest.mark.parametrize(
    ("units", "cell", "copied"), [(12, "lstm", ("dense", "probabilities")), (16, "gru", ())]
)
def test_only_layers_that_match_are_copied(old: Path, units: int, cell: str, copied: tuple[str, ...]) -> None:
    predecessor = Predecessor.load(old)
    network = network_like(predecessor, 4, units, cell)
    assert predecessor.hand_down(network, predecessor.model.manifest.labels) == copied


def test_normalisation_comes_back_as_it_was_built() -> None:
    mean, variance = np.array([0.5, -2.0, 0.0]), np.array([1.0, 4.0, 1e-4])
    network = build_network(3, 2, cell="gru", units=2, layers=1, mean=mean, variance=variance)
    for ours, theirs in zip(normalisation_of(network), (mean, variance), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


def test_retraining_keeps_form_and_normalisation_and_compares(old: Path, tmp_path: Path) -> None:
    """Held out is a person whom the old model was trained on."""
    recordings = [*people(["left", "down", "up"], "cd", seed=7), *people(["left", "right", "up"], "a")]
    done = fit(recordings, epochs=1, holdout=["a"], init_from=old)
    manifest = done.model.manifest
    assert manifest.network == {"cell": "gru", "units": 12, "layers": 1}
    assert manifest.training["init_from"] == "old"
    path = done.model.save(tmp_path / "new")
    for ours, theirs in zip(
        normalisation_of(load_network(path)), normalisation_of(load_network(old)), strict=True
    ):
        np.testing.assert_allclose(ours, theirs)

    assert done.inheritance is not None
    assert done.inheritance.changes == (("left", "up"), ("down",), ("right",))
    rows = comparison_rows(done.inheritance.before, done.evaluation)
    assert [row["label"] for row in rows] == ["down", "left", "right", "up"]
    assert rows[0]["recall"][0] == "–"
    assert rows[2]["recall"][1] == "–"
    assert done.inheritance.num_seen == 1

    page = report_files(done)["report.html"].decode()
    for text in ("Old against new", "begun from old", "new down", "gone right", "which flatters both"):
        assert text in page


def test_labels_are_compared() -> None:
    assert compare_labels(["background", "b", "a"], ["background", "c", "a"]) == (("a",), ("c",), ("b",))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"features": {"name": "hand", "version": 99}}, "features"),
        ({"rate_hz": 12.0}, "12 Hz"),
        ({"format": 99}, "format 99"),
    ],
)
def test_a_model_of_another_version_is_refused(old: Path, tmp_path: Path, change: dict, message: str) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(old, changed)
    manifest = changed / "model.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), **change}))
    with pytest.raises(ModelError, match=message):
        fit(people(["left"], "cd"), epochs=1, init_from=changed)


def test_a_model_of_one_hand_cannot_learn_gestures_of_both(old: Path) -> None:
    recordings = [
        replace(each, takes=tuple(replace(take, hand="both") for take in each.takes))
        for each in people(["left"], "cd")
    ]
    with pytest.raises(ModelError, match="one hand at a time"):
        fit(recordings, epochs=1, init_from=old)


@pytest.mark.slow
def test_the_command_shows_old_against_new_and_leaves_no_checkpoint(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for recording in people(["left", "down"], "cd", seed=7):
        save_recording(recording, "recordings")
    assert main(["train", "--init-from", str(old), "--epochs", "1", "-o", "models/new"]) == 0
    out = capsys.readouterr().out
    for text in ("before", "begun from old", "new down", "now: "):
        assert text in out
    assert [entry.name for entry in Path("models").iterdir()] == ["new"]


def test_a_missing_model_is_refused_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["train", "--init-from", "nobody"]) == 1
    assert "no such model" in capsys.readouterr().err
