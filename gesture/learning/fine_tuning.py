"""`python -m gesture.learning.fine_tuning MODEL RECORDINGS`: a taught model's network, trained further on its own.

It learns the labels of the head from the person's takes while the virtual hand rehearses the old ones. It starts from
outputs that logistic regression finds for them, which change nothing else, and goes on in small steps: from outputs
left to chance the large errors of the first steps would distort what it knows (Kumar et al., Fine-tuning can distort
pretrained features, ICLR 2022). It takes the head's place only where `Outcome.taken` says so; else the head stays. The
outcome is one JSON object on stdout.

With `--when-told` it loads TensorFlow and then waits for a line on stdin: while the takes are being recorded.
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gesture.errors import DataError, GestureError, ModelError
from gesture.evaluation.onsets import evaluate_model
from gesture.learning.changes import FORGETTING, Share, kept, num_onsets, old_labels
from gesture.learning.enrolment import Enrolment, bare, labels_of
from gesture.learning.keeping import load_whole
from gesture.learning.rehearsal import FIRST_EXAMINER, FIRST_PERSON, rehearsal
from gesture.manifest import read_manifest
from gesture.recording import load_recordings
from gesture.runtime import GestureModel
from gesture.training.generated import Generator
from gesture.types import IGNORE, Recording, View
from gesture.virtual import GESTURES, MOVES
from gesture.virtual.variety import MODERATE

if TYPE_CHECKING:
    from gesture.training.transfer import Outputs

EPOCHS, LEARNING_RATE, BATCH = 1, 3e-4, 64
_PEOPLE = range(FIRST_PERSON, FIRST_PERSON + 3)
_VALIDATORS = range(FIRST_PERSON + 500, FIRST_PERSON + 501)
_EXAMINERS = range(FIRST_EXAMINER, FIRST_EXAMINER + 2)
_PERFORMERS = range(FIRST_PERSON + 100, FIRST_PERSON + 400)
_NUM_SEQUENCES, _OWN_BATCHES = 768, 4  # performed by any of those, and of 32 crops of the person's recordings
_MOST_THRESHOLD = 0.9
_NOTE = "trained further on takes of one's own, which chose epoch and new thresholds with virtual people: no figures"
_OWN_SHARE = 0.25
_MOST_REPEATS = 12


@dataclass(frozen=True)
class Outcome:
    """What a fine-tuning came to.

    Attributes:
        old_before, old_after: the old gestures, made by virtual people that nobody learned from.
        own_before, own_after: the person's takes that fire; both models learned from them.
        false_before, false_after: how often the learned labels fire while the virtual hand idles.
    """

    old_before: Share
    old_after: Share
    own_before: Share
    own_after: Share
    false_before: int
    false_after: int

    @property
    def taken(self) -> bool:
        """Whether the network takes the head's place: it is worse at nothing, but for `FORGETTING`.

        A tie goes to the network: the shipped one finds new performances that its head misses (docs/benchmarks.md).
        """
        return (
            self.own_after.rate >= self.own_before.rate
            and self.old_after.rate >= self.old_before.rate - FORGETTING
            and self.false_after <= self.false_before
        )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values under the field names, the decision, and all of it as a `text` for the user."""
        return {"taken": self.taken, **asdict(self), "text": str(self)}

    def __str__(self) -> str:
        figures = (
            f"old gestures {self.old_after}, {self.old_before} before; your takes {self.own_after}, "
            f"{self.own_before} before; {self.false_after} false while idle, {self.false_before} before"
        )
        return f"the trained network {'is taken' if self.taken else 'is not taken, the light head stays'}: {figures}"


def fine_tune(
    model: GestureModel,
    recordings: Sequence[Recording],
    *,
    epochs: int = EPOCHS,
    seed: int = 0,
) -> GestureModel:
    """Train the network of a taught model on what its head learned.

    Args:
        model: with `model.keras` among its files.
        recordings: the person's; other labels than the model's count as nothing.
        epochs: few: there is little to be seen.
        seed: as in `fit`.

    Raises:
        ModelError: no Keras network, a label that nobody can rehearse, or takes of both hands for a network of one.
        DataError: no take of any label of the model.
    """
    from gesture.train import fit
    from gesture.training.transfer import Predecessor

    labels = model.manifest.labels
    own = [only(recording, labels) for recording in recordings]
    own = [recording for recording in own if any(take.label in labels for take in recording.takes)]
    if not own:
        raise DataError("no recording has a take of a label of the model. Expected those that taught it.")
    recorded = {take.label for recording in own for take in recording.takes}
    lost = sorted(set(labels[1:]) - recorded - set(GESTURES))
    if lost:
        raise ModelError(
            f"{', '.join(lost)}: neither in the recordings nor known to the virtual hand, and would be forgotten."
        )
    # A recorded pose may mean something else than the virtual hand's of that name.
    rehearsed = [label for label in labels if label in GESTURES and (label in MOVES or label not in recorded)]
    view = model.manifest.view
    validation = rehearsal(rehearsed, _VALIDATORS, view)
    if rehearsed and model.manifest.hands == "one":
        performed, practice = _performances(rehearsed, view), []
    else:  # the virtual hand performs anew with single hands only
        performed, practice = None, rehearsal(rehearsed, _PEOPLE, view)
    # Virtual people alone would choose an epoch in which the new labels are hardly learned: nobody makes them there.
    judges = [*validation, *(replace(recording, person=validation[0].person) for recording in own)]
    with tempfile.TemporaryDirectory() as folder:
        start = bare(model).save(Path(folder) / "before")
        training = fit(
            [*own * _repeats(own, practice), *practice, *judges],
            generated=performed,
            epochs=epochs,
            learning_rate=LEARNING_RATE,
            batch=BATCH,
            least_batches=_OWN_BATCHES,
            seed=seed,
            holdout=sorted({recording.person for recording in validation}),
            init_from=Predecessor.load(start, _outputs(model, own)),
        )
    tuned = training.model
    more = {"learned": model.manifest.training.get("learned", {}), "note": _NOTE}
    tuned.manifest = replace(
        tuned.manifest,
        thresholds=_thresholds(model, tuned),
        training={**tuned.manifest.training, **more},
        metrics={},
    )
    return tuned


def _outputs(model: GestureModel, own: Sequence[Recording]) -> Outputs | None:
    """Of the labels that the network does not know yet; None where it knows all."""
    from gesture.training.transfer import Outputs

    network = bare(model)
    new = [label for label in model.manifest.labels if label not in network.manifest.labels]
    if not new:
        return None
    enrolment = Enrolment(network)
    lessons = enrolment.lessons(own, new)
    return Outputs(labels_of(lessons), *enrolment.outputs(lessons)) if lessons else None


def _thresholds(before: GestureModel, tuned: GestureModel) -> tuple[float, ...]:
    """Those of the old labels as they were: one virtual person is too few to choose them anew. Those of the new ones
    were chosen on the takes that taught them, of which the network is surer than of any other.
    """
    learned = before.manifest.training.get("learned", {})
    known = dict(zip(before.manifest.labels, before.manifest.thresholds, strict=True))
    chosen = zip(tuned.manifest.labels, tuned.manifest.thresholds, strict=True)
    return tuple(
        min(threshold, _MOST_THRESHOLD) if label in learned else known[label] for label, threshold in chosen
    )


def _performances(labels: Sequence[str], view: View) -> Generator:
    """The old gestures among idle movement, by others each time: few people would be learned by heart."""
    return Generator(
        {label: GESTURES[label] for label in labels},
        num_programmes=0,
        background_share=0.5,
        num_sequences=_NUM_SEQUENCES,
        views=(view,),
        people=_PERFORMERS,
        variety=MODERATE,
    )


def only(recording: Recording, labels: Sequence[str]) -> Recording:
    """The recording with the takes of all other labels as `ignore`."""
    takes = (take if take.label in labels else replace(take, label=IGNORE) for take in recording.takes)
    return replace(recording, takes=tuple(takes))


def _repeats(own: Sequence[Recording], practice: Sequence[Recording]) -> int:
    """How often a person's few recordings are shown, so that they are a quarter of everything."""
    own_s, practice_s = (sum(each.duration_s for each in part) for part in (own, practice))
    wanted = _OWN_SHARE / (1 - _OWN_SHARE) * practice_s / max(own_s, 1.0)
    return min(_MOST_REPEATS, max(1, math.ceil(wanted)))


def compare(before: GestureModel, after: GestureModel, recordings: Sequence[Recording]) -> Outcome:
    """A taught model and the one trained from it."""
    old, learned = old_labels(before), list(before.manifest.training.get("learned", {}))
    old_before, old_after = (kept(model, old) for model in (before, after))
    own_before, own_after = (_own(model, recordings, learned) for model in (before, after))
    idle = rehearsal([], _EXAMINERS, before.manifest.view)
    false_before, false_after = (num_onsets(model, learned, idle) for model in (before, after))
    return Outcome(old_before, old_after, own_before, own_after, false_before, false_after)


def _own(model: GestureModel, recordings: Sequence[Recording], learned: Sequence[str]) -> Share:
    evaluation = evaluate_model(model, [only(recording, learned) for recording in recordings])
    return Share(evaluation.num_right, evaluation.num_takes)


def main(folder: Path, root: Path) -> None:
    """Fine-tune the model of a folder; replace it only if it is still the one that was trained from."""
    model = load_whole(folder)
    recordings = load_recordings(root)
    tuned = fine_tune(model, recordings)
    outcome = compare(model, tuned, recordings)
    if outcome.taken and read_manifest(folder) != model.manifest:
        raise ModelError(f"{folder}: another model has come there meanwhile, and stays.")
    if outcome.taken:
        tuned.save(folder)
    print(json.dumps(outcome.to_json(), ensure_ascii=False), flush=True)


def wait() -> None:
    """Get ready, until somebody writes a line on stdin; end if nobody is there any more."""
    import gesture.train  # noqa: F401  TensorFlow takes seconds to load

    if not sys.stdin.readline():
        sys.exit(1)


if __name__ == "__main__":
    if "--when-told" in sys.argv:
        wait()
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]))
    except GestureError as error:
        print(json.dumps({"error": str(error)}, ensure_ascii=False), flush=True)
        sys.exit(1)
