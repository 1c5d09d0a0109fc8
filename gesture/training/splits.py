"""Recordings -> what is trained on and what validates.

Splits go by person where there are several, else by recording, else between takes; never through a take and never
by window, because neighbouring windows are nearly the same and would tell a model its own exam.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gesture.errors import DataError
from gesture.training.dataset import labels_of
from gesture.types import BACKGROUND, IGNORE, Recording, Take

_VALIDATION_SHARE = 0.2
_MOST_HELD_SHARE = 1 / 3
_LONG_IDLE_S = 5.0  # between takes it is less


@dataclass(frozen=True)
class Split:
    """What is trained on, what validates, and what that can show.

    Attributes:
        train, validation: recordings; `validation` is empty where there is nothing to spare.
        note: one sentence for the user.
    """

    train: list[Recording]
    validation: list[Recording]
    note: str

    @property
    def judged(self) -> list[Recording]:
        """What a model is evaluated on: what was held out, or all that it learned from where nothing was."""
        return self.validation or self.train


def split(
    recordings: Sequence[Recording],
    *,
    holdout: Sequence[str] | None = (),
    seed: int = 0,
    train_on_none: bool = False,
) -> Split:
    """Choose what validates.

    Args:
        recordings: all there is.
        holdout: the persons to hold out; chosen by `seed` when left out, nobody for None.
        seed: of the choice.
        train_on_none: everybody may be held out, because there is something else to train on.

    Raises:
        DataError: if somebody in `holdout` recorded nothing, or nobody else did.

    Example:
        >>> split(recordings, holdout=["p2"]).note
        'validated on p2, whom training never saw'
    """
    if holdout is None:
        return Split(list(recordings), [], "nothing was held out: the figures are on the training data")
    persons = sorted({recording.person for recording in recordings})
    if holdout:
        return _hold_out(recordings, _known(set(holdout), persons, train_on_none))
    for key in ("person", "name"):
        held = _choose_held(recordings, key, seed)
        if held:
            return _split_by(recordings, key, held)
    return _split_between_takes(recordings)


def _known(holdout: set[str], persons: list[str], all_of_them: bool) -> set[str]:
    for person in sorted(holdout - set(persons)):
        raise DataError(f"--holdout {person}: recorded nothing. Choose among {', '.join(persons)}.")
    if holdout == set(persons) and not all_of_them:
        raise DataError(f"--holdout {', '.join(persons)}: nobody is left to train on. Hold out fewer.")
    return holdout


def _hold_out(recordings: Sequence[Recording], held: set[str]) -> Split:
    parts = _split_by(recordings, "person", held)
    missing = set(labels_of(recordings)) - set(labels_of(parts.train)) if parts.train else ()
    lost = f"; nobody else recorded {', '.join(sorted(missing))}: left out" if missing else ""
    return replace(parts, note=parts.note + lost)


def _choose_held(recordings: Sequence[Recording], key: str, seed: int) -> set[str]:
    """A fifth of the persons (or recordings) without whom every label still has takes; empty if impossible."""
    everything = set(labels_of(recordings))
    names = sorted({getattr(recording, key) for recording in recordings})
    wanted = max(1, round(_VALIDATION_SHARE * len(names)))
    held: set[str] = set()
    for name in np.random.default_rng(seed).permutation(names).tolist():
        rest = [recording for recording in recordings if getattr(recording, key) not in held | {name}]
        if len(held) < wanted and set(labels_of(rest)) == everything and rest:
            held.add(name)
    shown = [recording for recording in recordings if getattr(recording, key) in held]
    return held if any(recording.takes for recording in shown) else set()


def _split_by(recordings: Sequence[Recording], key: str, held: set[str]) -> Split:
    train = [recording for recording in recordings if getattr(recording, key) not in held]
    validation = [recording for recording in recordings if getattr(recording, key) in held]
    if key == "person":
        note = f"validated on {', '.join(sorted(held))}, whom training never saw"
    else:
        persons = sorted({recording.person for recording in recordings})
        note = f"validated on {len(held)} recording(s) that training never saw, of {_people(persons)}"
    return Split(train, validation, note)


def _people(persons: list[str]) -> str:
    if len(persons) == 1:
        return f"the same person ({persons[0]}): it says nothing about other people"
    return "people that training saw: it says nothing about other people"


def _split_between_takes(recordings: Sequence[Recording]) -> Split:
    """The last takes of each label validate; a recording is cut where a take ends."""
    train, validation = [], []
    for recording in recordings:
        start_s = _cut_time(recording)
        end_s = _end_time(recording)
        train.append(_without(recording, start_s, end_s))
        validation.append(cut(recording, start_s, end_s))
    if set(labels_of(train)) != set(labels_of(recordings)) or not any(part.takes for part in validation):
        return Split(
            list(recordings), [], "too few takes to hold any out: the figures are on the training data"
        )
    persons = sorted({recording.person for recording in recordings})
    validation = [part for part in validation if len(part)]
    return Split(train, validation, f"validated on the last takes of each recording, of {_people(persons)}")


def _cut_time(recording: Recording) -> float:
    """Between the takes, after most of them, with an edge to spare; the end if there is no such gap."""
    takes = [take for take in recording.takes if take.label != IGNORE]
    first_held = len(takes) - _num_held(takes)
    if first_held < 1:
        return float(np.inf)
    return 0.5 * (max(take.end_s for take in takes[:first_held]) + takes[first_held].start_s)


def _end_time(recording: Recording) -> float:
    """Where long idle hands after the last take go back to training, which needs them more; infinity without any."""
    last_s = max((take.end_s for take in recording.takes), default=np.inf)
    idle_s = recording.times_s[-1] - last_s if len(recording) else 0.0
    return float(last_s + _VALIDATION_SHARE * idle_s) if idle_s > _LONG_IDLE_S else float(np.inf)


def _num_held(takes: Sequence[Take]) -> int:
    """How many of the last takes validate: a fifth, or up to a third where every label is then among them."""
    usual = max(1, round(_VALIDATION_SHARE * len(takes)))
    labels = {take.label for take in takes} - {BACKGROUND}
    enough = (
        num
        for num in range(usual, round(_MOST_HELD_SHARE * len(takes)) + 1)
        if labels <= {take.label for take in takes[-num:]}
    )
    return next(enough, usual)


def _without(recording: Recording, start_s: float, end_s: float) -> Recording:
    """The frames and whole takes outside [start_s, end_s)."""
    keep = (recording.times_s < start_s) | (recording.times_s >= end_s)
    takes = tuple(take for take in recording.takes if take.end_s <= start_s or end_s <= take.start_s)
    return replace(recording.select(keep), takes=takes)


def cut(recording: Recording, start_s: float, end_s: float) -> Recording:
    """The frames and whole takes within [start_s, end_s).

    Example:
        >>> cut(recording, 0.0, 2.0).times_s.max() < 2.0
        True
    """
    keep = (recording.times_s >= start_s) & (recording.times_s < end_s)
    takes = tuple(take for take in recording.takes if start_s <= take.start_s and take.end_s <= end_s)
    return replace(recording.select(keep), takes=takes)
