"""The review window: a recording's takes, looked at and changed, each change on disk at once."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from gesture.display import ReviewScreen, Window
from gesture.errors import DataError
from gesture.recording import MANIFEST, read_manifest, read_recording, replace_takes
from gesture.session.video import VIDEO, Video
from gesture.types import Take
from gesture.upkeep.editing import TakeEditor

_QUIT = ("q", "escape")
_WAIT_S = 0.02


def find_recording(path: Path) -> Path:
    """A recording's folder: the one given, or the newest in a folder of recordings.

    Raises:
        DataError: there is none.

    Example:
        >>> find_recording(Path("recordings"))  # doctest: +SKIP
        PosixPath('recordings/20260314T091530Z_p1')
    """
    if (path / MANIFEST).exists():
        return path
    found = sorted((each.parent for each in path.glob(f"*/{MANIFEST}")), key=lambda each: each.name)
    if not found:
        raise DataError(
            f"{path}: holds no recording. Expected one, or a folder of them. "
            "Record some with 'gesture record LABEL --person NAME'."
        )
    return found[-1]


def review_recording(folder: Path, window: Window) -> tuple[Take, ...]:
    """Show a recording until the window is closed or quit is pressed.

    Every change is written when it is made, and every undo; a change that the disk refuses is tried again with the
    next one, and once more at the end.

    Args:
        folder: the recording's.
        window: shows it and takes its keys.

    Returns:
        The takes as they are now.

    Raises:
        DataError: the recording cannot be read, holds no frame, or the last change cannot be written.

    Example:
        >>> with Window("gesture review") as window:  # doctest: +SKIP
        ...     review_recording(find_recording(Path("recordings")), window)
    """
    recording = read_recording(folder)
    if not len(recording):
        raise DataError(f"{folder}: holds no frame. Expected some to look at; record it again.")
    editor, screen = TakeEditor(recording, _labels_beside(folder)), ReviewScreen(recording)
    is_saved, shown_s = True, time.monotonic()
    with ExitStack() as stack:
        video = stack.enter_context(Video(folder / VIDEO)) if (folder / VIDEO).exists() else None
        while window.is_open:
            image = video.image_at(editor.cursor_s) if video is not None else None
            key = window.show(screen.draw(editor, image), wait_s=_WAIT_S)
            before_s, shown_s = shown_s, time.monotonic()
            editor.advance(shown_s - before_s)
            if key in _QUIT and editor.naming is None:
                break
            if editor.press(key):
                is_saved = _save(folder, editor)
    if not is_saved:
        replace_takes(folder, editor.takes)
    return editor.takes


def _save(folder: Path, editor: TakeEditor) -> bool:
    try:
        replace_takes(folder, editor.takes)
    except DataError as error:
        editor.message = f"not saved: {error}"
        return False
    return True


def _labels_beside(folder: Path) -> Iterable[str]:
    """Labels of the recordings in the same folder, to choose from; one that cannot be read has none."""
    for manifest in folder.resolve().parent.glob(f"*/{MANIFEST}"):
        try:
            yield from (take.label for take in read_manifest(manifest.parent).takes)
        except DataError:
            continue
