"""A gesture of one's own: what a head learns, what it leaves alone, and the way back. No TensorFlow."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gesture.cli import main
from gesture.errors import DataError, ModelError
from gesture.head import SILENT, Head, Senses
from gesture.learning.changes import fired, kept, left_out, old_labels, onsets, what_changed
from gesture.learning.enrolment import Enrolment, Lesson, embed
from gesture.learning.keeping import adopt, before_of, check_teachable, forget, idle_halves, load_whole, undo
from gesture.learning.rehearsal import as_it_is, rehearsal
from gesture.learning.separation import separate
from gesture.manifest import HEAD, shipped_model
from gesture.recognizer import spot, ticks
from gesture.recording import save_recording
from gesture.runtime import GestureModel
from gesture.streams import streams
from gesture.training.dataset import targets
from gesture.types import Recording
from gesture.upkeep import models_trained_on
from gesture.virtual import GESTURES, make_scene
from gesture.virtual.motion import Key
from gesture.virtual.script import Stroke, Style

KNOWN = ("background", "wave", "push")


def zigzag(style: Style) -> Stroke:
    """No label of the shipped model: a fist that goes twice from side to side, sinking."""
    pose, turn = style.pick("fist"), (8.0, style.between(-4, 20), 0.0)
    keys = [Key((x, y, 0.0), turn, pose) for x, y in ((-1, 1), (1, 0.3), (-1, -0.3), (1, -1))]
    return Stroke(keys, style.between(0.8, 1.2), 0.12)


@pytest.fixture(scope="module")
def takes() -> Recording:
    return made(77, 3, "own")


def made(seed: int, num: int, name: str) -> Recording:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(GESTURES, "zigzag", zigzag)
        scene = make_scene(["zigzag"] * num, seed=seed, person=77)
    return replace(as_it_is(scene, 77), name=name, person="me")


@pytest.fixture(scope="module")
def enrolment() -> Enrolment:
    return Enrolment(load_whole(shipped_model()))


@pytest.fixture(scope="module")
def lessons(enrolment: Enrolment, takes: Recording) -> list[Lesson]:
    return enrolment.lessons([takes], ["zigzag"])


@pytest.fixture(scope="module")
def taught(enrolment: Enrolment, lessons: list[Lesson]) -> GestureModel:
    return enrolment.learn(lessons)


def head_of(weights: float, bias: float, learned: tuple[str, ...] = ("snap",)) -> Head:
    senses = Senses(np.zeros(2, np.float32), np.ones(2, np.float32), 25.0)
    num = len(learned)
    return Head(
        KNOWN, learned, senses, np.full((num, 8), weights, np.float32), np.full(num, bias, np.float32)
    )


def test_a_class_apart_is_separated() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(0, 1, (400, 6)).astype(np.float32)
    points[300:, 2] += 8
    classes = (np.arange(400) >= 300).astype(np.int64)
    weights, bias = separate(points, classes, 1)
    scores = points @ weights[0] + bias[0]
    assert scores[:300].max() < scores[300:].min()
    assert (scores[300:] > 0).all()
    assert (scores[:300] < 0).all()


def test_the_same_points_give_the_same_weights() -> None:
    points = np.random.default_rng(1).normal(0, 1, (50, 4)).astype(np.float32)
    classes = np.repeat([0, 1, 2], [30, 10, 10])
    assert all(
        np.array_equal(*pair) for pair in zip(*(separate(points, classes, 2) for _ in range(2)), strict=True)
    )


def test_old_labels_are_left_alone_to_the_bit_while_the_new_one_is_silent() -> None:
    probabilities = np.array([0.1, 0.7, 0.2], np.float32)
    combined = head_of(0.0, -3.0).combine(probabilities, np.ones(8, np.float32))
    assert np.array_equal(combined, np.append(probabilities, np.float32(0)))


@given(bias=st.floats(-20, 20), first=st.floats(0, 1))
def test_probabilities_stay_probabilities(bias: float, first: float) -> None:
    probabilities = np.array([first, 1 - first, 0], np.float32)
    combined = head_of(0.1, bias, ("snap", "wave")).combine(probabilities, np.ones(8, np.float32))
    assert len(combined) == 4  # wave is one label, whoever says it
    assert combined.sum() == pytest.approx(1, abs=1e-5)
    assert (combined >= 0).all()


def test_a_take_of_a_label_that_the_network_knows_adds_to_it() -> None:
    combined = head_of(0.0, 0.0, ("wave",)).combine(
        np.array([0.5, 0.3, 0.2], np.float32), np.zeros(8, np.float32)
    )
    assert combined == pytest.approx([0.25, 0.65, 0.1])


def test_what_a_head_sees_tick_by_tick_is_what_it_sees_at_once() -> None:
    senses = Senses(np.zeros(3, np.float32), np.ones(3, np.float32), 25.0)
    rows = np.random.default_rng(0).normal(0, 4, (20, 3)).astype(np.float32)
    memory, seen = senses.initial_memory, []
    for row in rows:
        sight, memory = senses.update(row, memory)
        seen.append(sight)
    assert np.array_equal(senses.over(rows), np.stack(seen))
    assert np.array_equal(seen[0][:3], seen[0][3:6])  # the means begin where the stream does


def test_a_head_on_disk_is_the_same_head() -> None:
    head = head_of(0.5, 1.0, ("손 흔들기", "snap"))
    again = Head.from_bytes(head.to_bytes(), HEAD)
    assert again.labels == head.labels
    assert np.array_equal(again.weights, head.weights)
    assert np.array_equal(again.bias, head.bias)


@pytest.mark.parametrize(
    "damage", [lambda data: data[: len(data) // 2], lambda data: data[:0], lambda data: data[::-1]]
)
def test_a_damaged_head_is_said_to_be(damage) -> None:
    with pytest.raises(ModelError, match="undo"):
        Head.from_bytes(damage(head_of(0.5, 1.0).to_bytes()), HEAD)


def test_a_new_gesture_is_recognised_from_three_takes(taught: GestureModel) -> None:
    assert taught.manifest.labels[-1] == "zigzag"
    unseen = made(78, 6, "unseen")
    found = [onset for onset in onsets(taught, unseen) if onset.label == "zigzag"]
    hits = [take for take in unseen.takes if any(take.start_s < on.time_s < take.end_s + 0.5 for on in found)]
    assert len(hits) >= 5


def test_old_gestures_are_hardly_hurt(enrolment: Enrolment, taught: GestureModel) -> None:
    old = old_labels(taught)
    before, after = kept(enrolment.model, old), kept(taught, old)
    assert before.num == after.num >= 6 * 11
    assert before.hits - after.hits <= 0.05 * before.num


def test_the_network_alone_says_what_it_said(enrolment: Enrolment, taught: GestureModel) -> None:
    """On idle hands, where the learned label is silent: every probability, to the bit."""
    idle = rehearsal([], [9001])[0]
    pairs = zip(ticks(enrolment.model, idle), ticks(taught, idle), strict=True)
    same = [
        np.array_equal(one.probabilities, other.probabilities[:-1])
        for one, other in pairs
        if one.probabilities is not None and other.probabilities[-1] < SILENT
    ]
    assert len(same) > 900
    assert all(same)


def test_onsets_at_once_are_those_frame_by_frame(taught: GestureModel, takes: Recording) -> None:
    live = [(event.label, event.hand) for event in spot(taught, takes) if event.phase == "onset"]
    assert [(event.label, event.hand) for event in onsets(taught, takes)] == live


def test_what_changed_is_measured_on_what_did_not_teach(
    enrolment: Enrolment, taught: GestureModel, lessons: list[Lesson]
) -> None:
    assert left_out(enrolment, lessons, "zigzag").num == 3
    changes = what_changed(enrolment, taught, lessons[:1], "zigzag", rehearsal([], [9002]))
    assert changes.recall is None
    assert "nothing is left" in changes.sentences()[0]
    assert changes.idle_is_own
    assert changes.idle_s == pytest.approx(40, abs=1)
    assert json.loads(json.dumps(changes.to_json()))["num_takes"] == 1


def test_a_take_of_a_known_gesture_is_said_to_look_like_it(enrolment: Enrolment) -> None:
    scene = as_it_is(make_scene(["wave"], seed=3, person=88), 88)
    mine = replace(scene, takes=tuple(replace(take, label="hello") for take in scene.takes))
    assert fired(enrolment.model, enrolment.lessons([mine], ["hello"])[0]) == {"wave"}


def test_forgetting_what_was_learned_gives_the_model_before(
    enrolment: Enrolment, taught: GestureModel
) -> None:
    again = forget(taught, "zigzag")
    assert again.manifest == enrolment.model.manifest
    assert again.head is None


def test_the_network_itself_could_say_what_is_learned(enrolment: Enrolment, lessons: list[Lesson]) -> None:
    """Where the takes are, the label is more probable than the rest by what the network embeds alone; elsewhere not."""
    found = enrolment.outputs(lessons)
    assert found.weights.shape == (1, len(enrolment.network.embedding()))
    recording = made(seed=5, num=3, name="others")
    (stream,) = streams(recording, "one", enrolment.network.manifest.rate_hz)
    embedded = embed(enrolment.network, stream.features)[:, : found.weights.shape[1]]
    odds = embedded @ found.weights[0] + found.bias[0]
    shown = targets(stream, recording.takes, ("background", "zigzag"), 0.28)
    assert (odds[shown == 1] > 0).mean() > 0.5
    assert (odds[shown == 0] > 0).mean() < 0.1


def test_a_second_label_leaves_the_first_in_place(taught: GestureModel, takes: Recording) -> None:
    other = replace(takes, takes=tuple(replace(take, label="other") for take in takes.takes))
    second = Enrolment(taught)
    both = second.learn(second.lessons([other], ["other"]))
    assert both.head is not None
    assert taught.head is not None
    assert both.manifest.labels[-2:] == ("zigzag", "other")
    assert np.array_equal(both.head.weights[0], taught.head.weights[0])
    assert forget(both, "other").manifest == taught.manifest


def test_a_gesture_of_the_network_can_be_forgotten(enrolment: Enrolment, tmp_path: Path) -> None:
    model = forget(enrolment.model, "wave")
    assert "wave" not in model.manifest.labels
    model.save(tmp_path / "quiet")
    scene = as_it_is(make_scene(["wave", "grab"], seed=3, person=88), 88)
    labels = {onset.label for onset in onsets(GestureModel.load(tmp_path / "quiet"), scene)}
    assert "wave" not in labels
    assert "grab" in labels


def test_what_nobody_knows_cannot_be_forgotten(enrolment: Enrolment) -> None:
    with pytest.raises(ModelError, match="wave"):
        forget(enrolment.model, "salute")


def test_nothing_is_learned_from_nothing(takes: Recording) -> None:
    with pytest.raises(DataError, match="no take"):
        check_teachable([takes], "snap")
    with pytest.raises(DataError, match="not a gesture"):
        check_teachable([takes], "background")


def test_idle_hands_teach_with_one_half_and_test_with_the_other(takes: Recording) -> None:
    idle = rehearsal([], [9001])[0]
    first, second = idle_halves([takes, idle])
    assert len(first) == len(second) == 1
    assert first[0].times_s[-1] < second[0].times_s[0]
    assert len(first[0]) + len(second[0]) == len(idle)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_undo_brings_back_every_byte_and_twice_changes_nothing(
    enrolment: Enrolment, taught: GestureModel, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    enrolment.model.save(mine)
    before = contents(mine)
    adopt(taught, mine)
    after = contents(mine)
    assert HEAD in after
    assert "model.keras" in after
    assert undo(mine) == mine
    assert contents(mine) == before
    assert undo(mine) == mine
    assert contents(mine) == after


def test_undo_of_the_first_lesson_leaves_the_shipped_model_in_use(
    taught: GestureModel, tmp_path: Path
) -> None:
    mine = tmp_path / "mine"
    adopt(taught, mine)
    assert undo(mine) is None
    assert undo(mine) == mine


def test_an_undo_that_was_cut_short_loses_nothing(
    enrolment: Enrolment, taught: GestureModel, tmp_path: Path
) -> None:
    mine, spare = tmp_path / "mine", tmp_path / ".mine-undone"
    enrolment.model.save(mine)
    before = contents(mine)
    adopt(taught, mine)
    mine.rename(spare)  # killed here
    undo(mine)
    assert contents(mine) == before
    assert HEAD in contents(before_of(mine))


def test_there_is_nothing_to_take_back_of_a_trained_model(enrolment: Enrolment, tmp_path: Path) -> None:
    enrolment.model.save(tmp_path / "mine")
    with pytest.raises(ModelError, match="nothing to take back"):
        undo(tmp_path / "mine")


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, takes: Recording) -> Path:
    monkeypatch.chdir(tmp_path)
    save_recording(takes, "recordings")
    return tmp_path


@pytest.mark.usefixtures("elsewhere")
def test_learn_and_forget_from_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn", "zigzag", "--takes", "0", "--no-training", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["num_takes"] == 3
    assert GestureModel.load("models/mine").manifest.labels[-1] == "zigzag"
    assert models_trained_on(["own"], Path("models")) == [Path("models/mine")]
    assert main(["forget", "zigzag"]) == 0
    assert "zigzag" not in GestureModel.load("models/mine").manifest.labels
    assert main(["learn", "--undo"]) == 0
    assert "zigzag" in GestureModel.load("models/mine").manifest.labels


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["learn"], 2, "LABEL"),
        (["learn", "--undo"], 1, "nothing to take back"),
        (["learn", "snap", "--takes", "0"], 1, "no take"),
        (["learn", "snap", "-o", "models/../x:y"], 1, "x:y"),
        (["learn", "snap", "--input", "missing.mp4"], 1, "missing.mp4"),
        (["forget", "snap"], 1, "does not know it"),
    ],
)
def test_what_cannot_be_done_is_said(
    capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, message: str
) -> None:
    assert main(arguments) == code
    assert message in capsys.readouterr().err
    assert not Path("models").exists()


@pytest.mark.usefixtures("elsewhere")
def test_learning_loads_no_tensorflow() -> None:
    program = (
        "import sys; from gesture.cli import main\n"
        "code = main(['learn', 'zigzag', '--takes', '0', '--no-training'])\n"
        "sys.exit(code or any(name in sys.modules for name in ('tensorflow', 'keras')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
