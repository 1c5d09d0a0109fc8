"""Everything that the virtual hand can do at one glance: a filmstrip of skeletons for each script and style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from gesture.display.filmstrip import draw_cell, take_square
from gesture.display.paint import Image
from gesture.display.palette import BACKGROUND, MUTED, TEXT
from gesture.display.text import fit_text, write
from gesture.errors import DataError
from gesture.types import Recording, Take, View
from gesture.virtual import HELD, MOVES, USUAL, Variety, make_scene
from gesture.virtual.idle import IDLE
from gesture.virtual.near_misses import NEAR_MISSES
from gesture.virtual.programmes import draw_programmes
from gesture.virtual.restless import RESTLESS
from gesture.virtual.script import Scripts

GROUPS: dict[str, Scripts] = {
    "Gestures": MOVES,
    "Poses, held": HELD,
    "Idle movement: none of it is a gesture": IDLE,
    "Near misses: none of them is a gesture either": NEAR_MISSES,
    "Restless hands: nor is any of these": RESTLESS,
    "Random programmes, to learn movement from": draw_programmes(8),
}
"""What a whole sheet shows: scripts by title."""

_RATE_HZ = 30.0
_SMALL_PX, _GAP_PX, _MARGIN_PX, _LABEL_PX = 104, 4, 16, 168
_STRIP_GAP_PX, _CAPTION_PX, _TITLE_PX = 22, 20, 52


@dataclass(frozen=True)
class Row:
    """One script in several performances.

    Attributes:
        label: the script's name.
        performances: each with the take to be drawn.
    """

    label: str
    performances: Sequence[tuple[Recording, Take]]


def perform_row(
    label: str,
    scripts: Scripts,
    *,
    num_styles: int = 3,
    seed: int = 0,
    person: int | None = None,
    view: View = "facing",
    variety: Variety = USUAL,
    lead_s: float | None = None,
) -> Row:
    """Let the virtual hand perform one script several times.

    Args:
        label: which of `scripts`.
        scripts: by label.
        num_styles: how many performances.
        seed: another one gives other performances, of other people.
        person: number of the one virtual person who makes them all.
        view: where the camera stands.
        variety: how far the performances stray from the usual.
        lead_s: how much of approach and way back is shown too; by default half a second of a pose's, which is
            still in itself.

    Example:
        >>> len(perform_row("wave", GESTURES, num_styles=2).performances)
        2
    """

    lead = lead_s if lead_s is not None else 0.5 if label in HELD else 0.0

    def perform(style: int) -> tuple[Recording, Take]:
        who = seed + style if person is None else person
        # Each label has seeds of its own: else one swipe would be the mirror image of another.
        own_seed = int(np.random.SeedSequence([seed, style, *label.encode()]).generate_state(1)[0])
        scene = make_scene(
            [label], seed=own_seed, person=who, view=view, idle_s=0.0, scripts=scripts, variety=variety
        )
        (take,) = (take for take in scene.takes if take.label == label)
        start_s, end_s = max(take.start_s - lead, 0.0), take.end_s + lead
        return scene.recording(_RATE_HZ, label), replace(take, start_s=start_s, end_s=end_s)

    return Row(label, [perform(style) for style in range(num_styles)])


def draw_sheet(groups: Sequence[tuple[str, Sequence[Row]]], num_images: int = 6) -> Image:
    """A new uint8 RGB image: for each group a title, for each of its rows a label and the filmstrips.

    Args:
        groups: titles and their rows, each row with as many performances as the others.
        num_images: skeletons per filmstrip, at equal time steps from the take's start to its end.

    Example:
        >>> draw_sheet([("gestures", [perform_row("wave", GESTURES, num_styles=2)])]).shape
        (192, 1510, 3)
    """
    rows = [row for _, group in groups for row in group]
    num_strips = max(len(row.performances) for row in rows)
    strip_px = num_images * (_SMALL_PX + _GAP_PX) - _GAP_PX
    width = 2 * _MARGIN_PX + _LABEL_PX + num_strips * (strip_px + _STRIP_GAP_PX) - _STRIP_GAP_PX
    height = len(groups) * _TITLE_PX + len(rows) * (_SMALL_PX + _CAPTION_PX) + _MARGIN_PX
    sheet = np.full((height, width, 3), BACKGROUND, np.uint8)
    top = 0
    for title, group in groups:
        write(sheet, title, _MARGIN_PX, top + 36, TEXT, 22, 600)
        top += _TITLE_PX
        for row in group:
            _draw_row(sheet, row, top, num_images, strip_px + _STRIP_GAP_PX)
            top += _SMALL_PX + _CAPTION_PX
    return sheet


def _draw_row(sheet: Image, row: Row, top: int, num_images: int, step_px: int) -> None:
    label = fit_text(row.label, _LABEL_PX - 12, 16, 600)
    write(sheet, label, _MARGIN_PX, top + _SMALL_PX // 2 + 6, TEXT, 16, 600)
    for index, (recording, take) in enumerate(row.performances):
        left = _MARGIN_PX + _LABEL_PX + index * step_px
        for image, cell in enumerate(_cells(recording, take, num_images)):
            x = left + image * (_SMALL_PX + _GAP_PX)
            sheet[top : top + _SMALL_PX, x : x + _SMALL_PX] = cell
        seconds = f"{take.end_s - take.start_s:.2f} s"
        write(sheet, seconds, left + step_px - _STRIP_GAP_PX, top + _SMALL_PX + 14, MUTED, 11, align=1)


def _cells(recording: Recording, take: Take, num_images: int) -> list[Image]:
    """Squares of `_SMALL_PX` with the skeleton at equal time steps; mirrored as the live window is."""
    scene, mirror = take_square(recording, take), recording.view == "facing"
    start, end = np.searchsorted(recording.times_s, (take.start_s, take.end_s))
    moments = np.linspace(start, max(end - 1, start), num_images).round().astype(int)
    cells = (draw_cell(scene[start:end], moment - start, take, mirror) for moment in moments)
    size = (_SMALL_PX, _SMALL_PX)
    return [np.asarray(cv2.resize(cell, size, interpolation=cv2.INTER_AREA), np.uint8) for cell in cells]


def save_picture(image: Image, path: Path) -> None:
    """Write an image as PNG, JPEG or whatever the name's ending says.

    Raises:
        DataError: if that cannot be done.

    Example:
        >>> save_picture(draw_sheet(groups), Path("sheet.png"))
    """
    try:
        found, data = cv2.imencode(path.suffix, cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    except cv2.error:
        found = False
    if not found:
        raise DataError(f"{path}: no picture ends in {path.suffix!r}. Choose a name like sheet.png.")
    try:
        path.write_bytes(data.tobytes())
    except OSError as error:
        raise DataError(
            f"{path}: cannot be written ({error.strerror}). Choose another place with -o."
        ) from error
