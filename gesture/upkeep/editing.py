"""The takes of a recording and keys -> other takes: what `gesture review` does, with undo and without a window."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import get_args

import numpy as np

from gesture.errors import DataError
from gesture.recording import check_label
from gesture.types import BACKGROUND, IGNORE, Hand, Recording, Take

MARGIN_S = 0.6
"""How much is shown and played before and after a take."""
_HANDS: tuple[Hand, ...] = get_args(Hand)


class TakeEditor:
    """Steps through the takes of a recording and changes them.

    Args:
        recording: at least one frame.
        labels: known ones beside the recording's own, to choose from.

    Attributes:
        takes: as they are now, by start, `ignore` among them.
        selected: the take that keys change; None where there is none.
        cursor_s: the moment that is shown.
        is_playing: whether the moment moves on by itself.
        shows_ignored: whether ignored intervals can be selected: to give one its label back.
        naming: the label that is being typed; None when none is.
        message: what the last key did, or why it did nothing.

    Example:
        >>> editor = TakeEditor(recording)
        >>> if editor.press("x"):
        ...     replace_takes("recordings/20260314T091530Z_p1", editor.takes)
    """

    def __init__(self, recording: Recording, labels: Iterable[str] = ()) -> None:
        self.recording = recording
        self.takes = recording.takes
        self.labels = tuple(
            sorted({*labels, *(take.label for take in recording.takes)} - {IGNORE, BACKGROUND})
        )
        times_s = recording.times_s
        self._period_s = float(np.median(np.diff(times_s))) if len(times_s) > 1 else 1 / 30
        self._first_s, self._last_s = float(times_s[0]), float(times_s[-1]) + self._period_s / 2
        self._history: list[tuple[tuple[Take, ...], Take | None]] = []
        self.shows_ignored = self.is_playing = False
        self.naming: str | None = None
        self.message = ""
        self.selected: Take | None = None
        self.cursor_s = self._first_s
        self._select(next(iter(self.choices), None))
        self._actions = self._keys()

    def _keys(self) -> dict[str, Callable[[], None]]:
        return {
            "left": partial(self._go, -1),
            "right": partial(self._go, 1),
            ",": partial(self._step, -1),
            ".": partial(self._step, 1),
            "space": self._play,
            "a": self._show_ignored,
            "1": partial(self._nudge, -1, 0),
            "2": partial(self._nudge, 1, 0),
            "3": partial(self._nudge, 0, -1),
            "4": partial(self._nudge, 0, 1),
            "[": self._start_here,
            "]": self._end_here,
            "c": self._split,
            "h": self._other_hand,
            "r": self._name,
            "u": self._undo,
            **dict.fromkeys(("x", "delete", "backspace"), self._delete),
        }

    @property
    def choices(self) -> tuple[Take, ...]:
        """The takes that can be stepped through."""
        return tuple(take for take in self.takes if self.shows_ignored or take.label != IGNORE)

    @property
    def span_s(self) -> tuple[float, float]:
        """What is shown and played: the selected take with some margin, or everything."""
        if self.selected is None:
            return self._first_s, self._last_s
        return (
            max(self._first_s, self.selected.start_s - MARGIN_S),
            min(self._last_s, self.selected.end_s + MARGIN_S),
        )

    @property
    def can_undo(self) -> bool:
        """Whether anything was changed and not undone."""
        return bool(self._history)

    def advance(self, seconds: float) -> None:
        """Let time pass: the moment moves on while it plays, round and round."""
        if self.is_playing:
            start_s, end_s = self.span_s
            self.cursor_s = start_s + (self.cursor_s + seconds - start_s) % max(
                end_s - start_s, self._period_s
            )

    def press(self, key: str | None) -> bool:
        """Take a key by its name in `Window.show`.

        Returns:
            Whether the takes are other ones now, and wait to be written.
        """
        if key is None:
            return False
        before, self.message = self.takes, ""
        if self.naming is not None:
            self._type(key)
        elif key in self._actions:
            self._actions[key]()
        return self.takes != before

    # --- looking --------------------------------------------------------------------------------------

    def _go(self, takes: int) -> None:
        if self.choices:
            at = self.choices.index(self.selected) + takes if self.selected in self.choices else 0
            self._select(self.choices[min(max(at, 0), len(self.choices) - 1)])

    def _step(self, frames: int) -> None:
        self.is_playing = False
        self.cursor_s = min(max(self.cursor_s + frames * self._period_s, self._first_s), self._last_s)

    def _select(self, take: Take | None) -> None:
        self.selected = take
        if take is not None:
            self.cursor_s = take.start_s

    def _play(self) -> None:
        self.is_playing = not self.is_playing

    def _show_ignored(self) -> None:
        self.shows_ignored = not self.shows_ignored
        if self.selected not in self.choices:
            self._select(next(iter(self.choices), None))

    # --- changing -------------------------------------------------------------------------------------

    def _change(self, *takes: Take, message: str) -> None:
        """Put these in the place of the selected one, and select the first."""
        assert self.selected is not None
        rest = list(self.takes)
        rest.remove(self.selected)
        if _overlap(takes, rest) > _overlap([self.selected], rest) + 1e-9:
            self.message = "would overlap another take of the same hand"
            return
        self._history.append((self.takes, self.selected))
        self.takes = tuple(sorted([*rest, *takes]))
        self.message = message
        chosen = takes[0] if takes and takes[0] in self.choices else self._nearest(self.selected.start_s)
        cursor_s = self.cursor_s
        self._select(chosen)
        if chosen in takes:
            self.cursor_s = cursor_s  # one goes on looking at what one has changed

    def _nearest(self, time_s: float) -> Take | None:
        later = [take for take in self.choices if take.start_s >= time_s]
        return next(iter(later), self.choices[-1] if self.choices else None)

    def _set_edges(self, start_s: float, end_s: float) -> None:
        if self.selected is None:
            return
        start_s, end_s = max(start_s, self._first_s), min(end_s, self._last_s)
        if end_s - start_s < self._period_s:
            self.message = "a take needs at least one frame"
        elif (start_s, end_s) != (self.selected.start_s, self.selected.end_s):
            moved = replace(self.selected, start_s=start_s, end_s=end_s)
            self._change(moved, message=f"{start_s:.2f} to {end_s:.2f} s")

    def _nudge(self, start: int, end: int) -> None:
        if self.selected is not None:
            step_s = self._period_s
            self._set_edges(self.selected.start_s + start * step_s, self.selected.end_s + end * step_s)

    def _start_here(self) -> None:
        if self.selected is not None:
            self._set_edges(self.cursor_s, self.selected.end_s)

    def _end_here(self) -> None:
        if self.selected is not None:
            self._set_edges(self.selected.start_s, self.cursor_s)

    def _split(self) -> None:
        take, at_s = self.selected, self.cursor_s
        if take is None:
            return
        if min(at_s - take.start_s, take.end_s - at_s) < self._period_s:
            self.message = "move into the take first (, and .), to where it is to be split"
            return
        self._change(replace(take, end_s=at_s), replace(take, start_s=at_s), message="split in two")

    def _delete(self) -> None:
        """A take becomes `ignore`, so that nobody trains on it as background; what is ignored already goes."""
        if self.selected is None:
            return
        if self.selected.label == IGNORE:
            self._change(message="no longer ignored: background now")
        else:
            ignored = replace(self.selected, label=IGNORE, hand="both")
            self._change(ignored, message=f"{self.selected.label} deleted: trained as nothing")

    def _other_hand(self) -> None:
        if self.selected is not None and self.selected.label != IGNORE:
            hand = _HANDS[(_HANDS.index(self.selected.hand) + 1) % len(_HANDS)]
            self._change(replace(self.selected, hand=hand), message=f"hand: {hand}")

    def _undo(self) -> None:
        if not self._history:
            self.message = "nothing to undo"
            return
        self.takes, selected = self._history.pop()
        self.shows_ignored |= selected is not None and selected.label == IGNORE
        self._select(selected)
        self.message = "undone"

    # --- naming ---------------------------------------------------------------------------------------

    def _name(self) -> None:
        if self.selected is not None:
            self.naming, self.is_playing = "", False

    def _type(self, key: str) -> None:
        assert self.naming is not None
        if key == "escape":
            self.naming = None
        elif key == "enter":
            self._relabel(self.naming)
        elif key == "backspace":
            self.naming = self.naming[:-1]
        elif key in ("up", "down"):
            known = ("", *self.labels)
            at = known.index(self.naming) if self.naming in known else 0
            self.naming = known[(at + (1 if key == "down" else -1)) % len(known)]
        elif key == "space" or len(key) == 1:
            self.naming += " " if key == "space" else key

    def _relabel(self, text: str) -> None:
        assert self.selected is not None
        try:
            label = check_label(text)
        except DataError as error:
            self.message = str(error)
            return
        self.naming = None
        self.labels = tuple(sorted({*self.labels, label}))
        if label != self.selected.label:
            self._change(replace(self.selected, label=label), message=f"now {label}")


def _overlap(takes: Iterable[Take], others: Iterable[Take]) -> float:
    """Seconds that takes share with others of the same hand; what is ignored may lie anywhere."""
    return sum(
        max(0.0, min(take.end_s, other.end_s) - max(take.start_s, other.start_s))
        for take in takes
        for other in others
        if IGNORE not in (take.label, other.label)
        and (take.hand == other.hand or "both" in (take.hand, other.hand))
    )
