"""The network itself trained further on a gesture of one's own: what stays, what is refused, what is said."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from gesture.errors import DataError, ModelError
from gesture.learning.changes import Share
from gesture.learning.enrolment import Enrolment
from gesture.learning.fine_tuning import Outcome, compare, fine_tune
from gesture.learning.keeping import load_whole
from gesture.learning.rehearsal import as_it_is
from gesture.manifest import shipped_model
from gesture.recording import save_recording
from gesture.runtime import GestureModel
from gesture.tuning_screen import tuning
from gesture.types import Recording
from gesture.virtual import make_scene

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


def of(labels: list[str], seed: int, name: str) -> Recording:
    """A person's takes of a gesture of their own: pinches, which they call `mine`."""
    scene = as_it_is(make_scene(labels, seed=seed, person=77), 77)
    takes = tuple(replace(take, label="mine") if take.label == "pinch" else take for take in scene.takes)
    return replace(scene, takes=takes, name=name, person="me")


def thresholds(model: GestureModel) -> dict[str, float]:
    return dict(zip(model.manifest.labels, model.manifest.thresholds, strict=True))


@pytest.fixture(scope="module")
def takes() -> Recording:
    return of(["pinch"] * 3, 77, "own")


@pytest.fixture(scope="module")
def taught(takes: Recording) -> GestureModel:
    enrolment = Enrolment(load_whole(shipped_model()))
    return enrolment.learn(enrolment.lessons([takes], ["mine"]))


@pytest.mark.slow
def test_the_network_takes_over_what_the_head_learned(taught: GestureModel, takes: Recording) -> None:
    tuned = fine_tune(taught, [takes])
    assert set(tuned.manifest.labels) == set(taught.manifest.labels)
    assert tuned.head is None
    assert list(tuned.manifest.training["learned"]) == ["mine"]
    assert tuned.manifest.decision == taught.manifest.decision
    assert {**thresholds(tuned), "mine": 0} == {**thresholds(taught), "mine": 0}
    outcome = compare(taught, tuned, [takes])
    assert outcome.own_before.num == outcome.own_after.num == 3
    lost = outcome.old_before.rate - outcome.old_after.rate
    if outcome.taken:
        assert lost <= 0.01
        assert outcome.own_after.rate >= outcome.own_before.rate


TIE = Outcome(Share(150, 200), Share(150, 200), Share(2, 3), Share(2, 3), 1, 1)


@pytest.mark.parametrize(
    ("changed", "taken"),
    [
        ({}, True),
        ({"own_after": Share(3, 3)}, True),
        ({"old_after": Share(151, 200)}, True),
        ({"false_after": 0}, True),
        ({"old_after": Share(149, 200)}, True),
        ({"old_after": Share(147, 200)}, False),
        ({"old_after": Share(147, 200), "own_after": Share(3, 3)}, False),
        ({"own_after": Share(1, 3), "false_after": 0}, False),
        ({"false_after": 2, "own_after": Share(3, 3)}, False),
    ],
)
def test_the_network_is_taken_where_it_is_worse_at_nothing(
    changed: dict[str, Share | int], taken: bool
) -> None:
    outcome = replace(TIE, **changed)  # type: ignore[arg-type]
    assert outcome.taken is outcome.to_json()["taken"] is taken
    assert ("is taken" in str(outcome)) is taken


def test_a_label_that_nobody_can_rehearse_is_not_forgotten_in_silence(taught: GestureModel) -> None:
    with pytest.raises(ModelError, match="mine: neither in the recordings nor known to the virtual hand"):
        fine_tune(taught, [of(["wave"], 3, "waves")])


def test_without_a_take_there_is_nothing_to_train_on(takes: Recording) -> None:
    shipped = load_whole(shipped_model())
    with pytest.raises(DataError, match="no recording has a take"):
        fine_tune(shipped, [replace(takes, takes=())], epochs=1)


@pytest.mark.slow
def test_the_background_process_replaces_the_model_only_by_one_that_forgets_nothing(
    taught: GestureModel, takes: Recording, tmp_path: Path
) -> None:
    said: list[str] = []
    with tuning(tmp_path / "mine", tmp_path / "recordings") as tune:  # before there is a model or a take
        before = taught.save(tmp_path / "mine")
        save_recording(takes, tmp_path / "recordings")
        outcome = tune(said.append)
    assert outcome is not None, said
    assert (GestureModel.load(before).head is None) == outcome["taken"]
    assert outcome["text"].startswith("the trained network is ")


def test_the_light_head_stays_where_training_breaks_off(tmp_path: Path) -> None:
    said: list[str] = []
    with tuning(tmp_path / "nowhere", tmp_path) as tune:
        assert tune(said.append) is None
    assert len(said) == 1
    assert said[0].startswith("not trained, the light head stays:")
    assert "nowhere" in said[0]


def test_the_light_head_stays_where_the_process_is_gone_before_it_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "false")
    said: list[str] = []
    with tuning(tmp_path, tmp_path) as tune:
        time.sleep(0.5)
        assert tune(said.append) is None
    assert said == ["not trained, the light head stays: the training broke off"]


def test_a_training_that_nobody_starts_ends_with_whoever_wanted_it(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "gesture.learning.fine_tuning",
        str(tmp_path),
        str(tmp_path),
        "--when-told",
    ]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (1, b"")
