"""The recording window's picture: what to do now, how far it has come, and the last take.

`draw_session` is a pure function of the image, the hands and the `Session`.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from gesture.display.filmstrip import CELL_PX, draw_filmstrip
from gesture.display.hands import draw_hands
from gesture.display.paint import Image, blend, fill_rounded, rounded_mask
from gesture.display.palette import BACKGROUND, BOTH, FAINT, MUTED, PANEL, RIGHT, TEXT, TRACK, WARNING, Color
from gesture.display.panel import PANEL_WIDTH_PX, draw_keys, keys_height
from gesture.display.screen import draw_edge, shade_foot
from gesture.display.text import fit_text, text_width, write
from gesture.session import Session
from gesture.session.quality import LOW_RATE_HZ, Shot
from gesture.types import HandFrame

STAGE_HEIGHT_PX = 480
STAGE_WIDTHS_PX = (480, 854)
"""Width of the part with the camera image: at least, at most."""
STRIP_HEIGHT_PX = 200

_MARGIN_PX = 20
_ROW_PX = 44
_ROWS_TOP_PX = 96
_LABEL_SIZES_PX = (46, 38, 30, 24, 18)
_GO_ON = {"moving": "done", "kept": "go on", "paused": "go on", "background": "enough"}
_STEPS = (
    ("1", "Hold your hand still: the countdown begins by itself."),
    ("2", "At 'now' make the gesture once, then hold still again. A pose you just hold."),
    ("3", "It is kept unless you press x. The next one follows by itself."),
)


def draw_session(
    image_rgb: Image, hand_frame: HandFrame, session: Session, *, mirror: bool, fps: float | None = None
) -> Image:
    """The recording window's picture: a new uint8 RGB image, always of one size for one size of camera image.

    Args:
        image_rgb: uint8 (height, width, 3), as the source delivered it; not changed.
        hand_frame: the hands found in it.
        session: where the recording is.
        mirror: flip the image left to right, as a person expects of a camera that faces them.
        fps: frames a second, in a warning's colour where they are too few; None to leave it out.

    Example:
        >>> image = np.zeros((480, 640, 3), np.uint8)
        >>> draw_session(image, HandFrame.empty(0.0, (640, 480)), Session(["wave"], 3), mirror=True).shape
        (680, 880, 3)
    """
    height, width = image_rgb.shape[:2]
    scale = min(STAGE_HEIGHT_PX / height, STAGE_WIDTHS_PX[1] / width)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    stage_width = max(size[0], STAGE_WIDTHS_PX[0])
    canvas = np.full(
        (STAGE_HEIGHT_PX + STRIP_HEIGHT_PX, stage_width + PANEL_WIDTH_PX, 3), BACKGROUND, np.uint8
    )
    stage = canvas[:STAGE_HEIGHT_PX, :stage_width]
    left, top = (stage_width - size[0]) // 2, (STAGE_HEIGHT_PX - size[1]) // 2
    picture = stage[top : top + size[1], left : left + size[0]]
    cv2.resize(image_rgb, size, dst=picture)
    if mirror:
        cv2.flip(picture, 1, dst=picture)
    draw_hands(picture, hand_frame.landmarks, mirror)
    _draw_stage(stage, session)
    _draw_panel(canvas[:STAGE_HEIGHT_PX, stage_width:], session, fps)
    _draw_foot(canvas[STAGE_HEIGHT_PX:], session)
    return canvas


def _draw_stage(stage: Image, session: Session) -> None:
    if session.phase in ("paused", "countdown"):
        cv2.convertScaleAbs(stage, dst=stage, alpha=0.55)
    shade_foot(stage, 1.0)
    color = _color(session)
    if session.phase in ("moving", "kept"):
        draw_edge(stage, color, 1.0)
    middle, bottom = stage.shape[1] / 2, stage.shape[0]
    title, line = _words(session)
    room = stage.shape[1] - 2 * _MARGIN_PX
    size = next((px for px in _LABEL_SIZES_PX if text_width(title, px, 600) <= room), _LABEL_SIZES_PX[-1])
    write(stage, fit_text(title, room, size, 600), middle, bottom - 58, TEXT, size, 600, align=0.5)
    write(stage, fit_text(line, room, 18, 500), middle, bottom - 24, color, 18, 500, align=0.5)
    if session.count:
        write(stage, str(session.count), middle, bottom / 2 + 50, TEXT, 190, 600, align=0.5)
    _draw_captions(stage, session)


def _color(session: Session) -> Color:
    if session.phase == "moving":
        return RIGHT
    if session.phase == "kept":
        return WARNING if session.faults else BOTH
    return MUTED


def _words(session: Session) -> tuple[str, str]:
    """The large line and the small one under it."""
    title, _, line = session.message.partition(": ")
    if session.phase == "kept" and session.shot:
        return session.label, f"kept: {line}"
    if session.phase == "background":
        return f"{session.remaining_s:.0f} s", session.message
    return title, line


def _draw_captions(stage: Image, session: Session) -> None:
    """What went wrong, or just happened, at the top."""
    y = _MARGIN_PX
    lines = [(session.note, TEXT)] if session.note else []
    for text, color in [*lines, *((fault, WARNING) for fault in session.faults)]:
        text = fit_text(text, stage.shape[1] - 2 * _MARGIN_PX - 28, 15, 500)
        width = text_width(text, 15, 500) + 28
        blend(stage, rounded_mask(width, 36, 9), _MARGIN_PX, y, BACKGROUND, opacity=0.88)
        write(stage, text, _MARGIN_PX + 14, y + 24, color, 15, 500)
        y += 44


def _draw_panel(panel: Image, session: Session, fps: float | None) -> None:
    panel[:] = PANEL
    counts = session.counts
    done, wanted = sum(kept for kept, _ in counts.values()), sum(want for _, want in counts.values())
    write(panel, f"{done} of {wanted}", _MARGIN_PX, 36, TEXT, 18, 600)
    write(panel, "takes", _MARGIN_PX + text_width(f"{done} of {wanted}", 18, 600) + 8, 36, MUTED, 13)
    if fps is not None:
        color = MUTED if fps >= LOW_RATE_HZ else WARNING
        write(panel, f"{fps:.0f} fps", panel.shape[1] - _MARGIN_PX, 36, color, 13, align=1)
    upcoming = f"next: {session.next_label}" if session.next_label else "this is the last one"
    if session.phase not in ("done", "background"):
        write(panel, fit_text(upcoming, panel.shape[1] - 2 * _MARGIN_PX, 13), _MARGIN_PX, 62, MUTED, 13)
    keys = _keys(session)
    room = (panel.shape[0] - keys_height(len(keys)) - _ROWS_TOP_PX) // _ROW_PX
    rows = list(counts.items())
    current = list(counts).index(session.label) if session.label in counts else 0
    first = min(max(0, current - room + 2), max(0, len(rows) - room))
    for index, (label, count) in enumerate(rows[first : first + room]):
        _draw_row(panel, _ROWS_TOP_PX + index * _ROW_PX, label, count, label == session.label)
    draw_keys(panel, keys)


def _draw_row(panel: Image, top: int, label: str, count: tuple[int, int], is_current: bool) -> None:
    """A label, how many of it are done, and a bar."""
    width = panel.shape[1] - 2 * _MARGIN_PX
    if is_current:
        blend(panel, rounded_mask(width + 20, _ROW_PX - 4, 8), _MARGIN_PX - 10, top, TRACK, 0.7)
    weight = 600 if is_current else 400
    color = TEXT if is_current else MUTED
    write(panel, fit_text(label, width - 56, 14, weight), _MARGIN_PX, top + 19, color, 14, weight)
    write(panel, f"{count[0]} / {count[1]}", panel.shape[1] - _MARGIN_PX, top + 19, color, 12, align=1)
    fill_rounded(panel, (_MARGIN_PX, top + 27, width, 6), 3, FAINT if is_current else TRACK)
    filled = round(width * count[0] / max(count[1], 1))
    if filled:
        fill_rounded(panel, (_MARGIN_PX, top + 27, max(filled, 6), 6), 3, BOTH)


def _keys(session: Session) -> tuple[tuple[str, str], ...]:
    discard = ("x", "throw away") if session.phase in ("moving", "kept") else ("u", "undo last")
    return (("space", _GO_ON.get(session.phase, "pause")), discard, ("q", "quit"))


def _draw_foot(foot: Image, session: Session) -> None:
    """The last take as a filmstrip; before the first one, how it goes."""
    if session.shot is None:
        for index, (number, text) in enumerate(_STEPS):
            y = 58 + index * 44
            fill_rounded(foot, (_MARGIN_PX, y - 18, 26, 26), 13, TRACK)
            write(foot, number, _MARGIN_PX + 13, y, TEXT, 14, 600, align=0.5)
            write(foot, fit_text(text, foot.shape[1] - 90, 16), _MARGIN_PX + 42, y, MUTED, 16)
        return
    strip = _filmstrip(session.shot, (foot.shape[1] - 18) // (CELL_PX + 6))
    left = (foot.shape[1] - strip.shape[1]) // 2
    foot[: strip.shape[0], left : left + strip.shape[1]] = strip


@lru_cache(maxsize=2)
def _filmstrip(shot: Shot, num_images: int) -> Image:
    """Drawn once for a take, not for every frame. Never change it."""
    return draw_filmstrip(shot.recording, shot.take, num_images)
