"""A training that is killed goes on after its last whole epoch, and ends where it would have ended."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from synthetic import strokes

from gesture.train import Training, fit
from gesture.training.checkpoint import Checkpoint, CheckpointFile, checkpoint_path
from gesture.training.fitting import Epoch

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")

HERE = Path(__file__).parent
KEPT = Checkpoint([np.arange(3.0), np.array([1, 2], np.uint32)], [np.ones((2, 2))], {"history": [0.1]})


def test_what_was_kept_comes_back_the_same(tmp_path: Path) -> None:
    file = CheckpointFile(tmp_path / "new" / "models" / ".mine.npz", "a")
    file.save(KEPT)
    back = file.load()
    assert back is not None
    assert back.state == KEPT.state
    for ours, theirs in ((back.last, KEPT.last), (back.best, KEPT.best)):
        assert [array.dtype for array in ours] == [array.dtype for array in theirs]
        for one, other in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(one, other)


def test_another_training_does_not_read_it(tmp_path: Path) -> None:
    CheckpointFile(tmp_path / "kept", "a").save(KEPT)
    assert CheckpointFile(tmp_path / "kept", "b").load() is None
    assert CheckpointFile(tmp_path / "missing", "a").load() is None


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.99])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, share: float) -> None:
    path = tmp_path / "kept"
    file = CheckpointFile(path, "a")
    file.save(KEPT)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    assert file.load() is None
    file.save(KEPT)
    assert file.load() is not None


def test_a_file_that_is_no_archive_is_as_good_as_none(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    np.save(path.open("wb"), np.zeros(3))
    assert CheckpointFile(path, "a").load() is None


def test_a_disk_that_refuses_costs_the_checkpoint_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    CheckpointFile(tmp_path / "file" / "kept", "a").save(KEPT)
    assert "cannot be written" in caplog.text


def test_it_lies_beside_the_model() -> None:
    assert checkpoint_path(Path("models/desk")) == Path("models/.desk.training.npz")


def train(checkpoint: Path | None, seed: int = 3, **options: object) -> Training:
    recordings = [
        strokes(["left", "up"] * 3, seed=i, person=name, name=f"of-{name}") for i, name in enumerate("ab")
    ]
    return fit(recordings, epochs=4, units=8, seed=seed, checkpoint=checkpoint, **options)  # type: ignore[arg-type]


KILLED = """
import os, signal, sys, threading
from pathlib import Path
sys.path.insert(0, {here!r})
from test_checkpoint import train

def kill_in_the_next_epoch(epoch):
    if epoch.number == 2:
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGKILL)).start()

train(Path({path!r}), on_epoch=kill_in_the_next_epoch)
"""


def losses(training: Training) -> list[Epoch]:
    return [replace(epoch, seconds_left=0.0) for epoch in training.history]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Training, Path]:
    """A training that nothing disturbed, and its last checkpoint."""
    path = tmp_path_factory.mktemp("models") / "kept"
    return train(path), path


@pytest.mark.slow
def test_a_killed_training_ends_where_it_would_have_ended(
    whole: tuple[Training, Path], tmp_path: Path
) -> None:
    path = tmp_path / "kept"
    code = KILLED.format(here=str(HERE), path=str(path))
    killed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert killed.returncode == -signal.SIGKILL, killed.stderr

    told: list[Epoch] = []
    resumed, expected = train(path, on_epoch=told.append), whole[0]
    assert [epoch.number for epoch in told] in ([3, 4], [4])
    assert losses(resumed) == losses(expected)
    assert resumed.best_epoch == expected.best_epoch
    row = np.random.default_rng(0).normal(size=expected.model.num_features).astype(np.float32)
    np.testing.assert_array_equal(
        *(done.model.step(row, done.model.initial_state)[0] for done in (resumed, expected))
    )


def test_all_epochs_done_and_nothing_saved_loses_nothing(whole: tuple[Training, Path]) -> None:
    told: list[Epoch] = []
    again = train(whole[1], on_epoch=told.append)
    assert told == []
    assert losses(again) == losses(whole[0])


@pytest.mark.slow
def test_other_options_begin_anew(whole: tuple[Training, Path]) -> None:
    told: list[Epoch] = []
    train(whole[1], seed=4, on_epoch=told.append)
    assert [epoch.number for epoch in told] == [1, 2, 3, 4]


def test_an_unknown_optimizer_is_refused() -> None:
    with pytest.raises(ValueError, match="no optimizer 'sgd'"):
        train(None, optimizer="sgd")


def test_muon_learns_and_goes_on_too(tmp_path: Path) -> None:
    path, told = tmp_path / "kept", []
    training = train(path, optimizer="muon")
    assert training.history[-1].loss < 0.8 * training.history[0].loss
    again = train(path, optimizer="muon", on_epoch=told.append)
    assert told == []
    assert losses(again) == losses(training)
