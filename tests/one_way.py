"""Gestures of the virtual hand as people make them who always make them the same way."""

from __future__ import annotations

from gesture.virtual import GESTURES, MOVES
from gesture.virtual.script import Script, Scripts, Stroke, Style


def one_way(label: str, *, drawn: bool) -> Scripts:
    """All gestures, a swipe always swept, or always drawn as a line."""
    return {**GESTURES, label: _swipe(label, drawn) if label.startswith("swipe") else GESTURES[label]}


def _swipe(label: str, drawn: bool) -> Script:
    def script(style: Style) -> Stroke:
        while (len((stroke := MOVES[label](style)).keys) > 3) != drawn:
            pass
        return stroke

    return script
