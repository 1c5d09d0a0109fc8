"""Folders of files that are there whole or not at all: models and what is exported from them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gesture.errors import ModelError


@contextmanager
def replaced_folder(folder: Path, marker: str) -> Iterator[Path]:
    """An empty folder to write into, which takes the place of `folder` at the end; an error leaves all as it was.

    Args:
        folder: its parents are made.
        marker: the file by which an older folder of the same kind is known; anything else is not replaced.

    Raises:
        ModelError: if the folder cannot be written, or holds something else.

    Example:
        >>> with replaced_folder(Path("models/desk"), marker="model.json") as new:
        ...     (new / "model.json").write_text("{}")
    """
    with _folder_beside(folder, marker) as new:
        yield new
        _replace(new, folder)


def check_replaceable(folder: Path, marker: str) -> None:
    """What `replaced_folder` would raise, before minutes of work that would be lost.

    Raises:
        ModelError: as there.

    Example:
        >>> check_replaceable(Path("models/desk"), marker="model.json")
    """
    with _folder_beside(folder, marker):
        pass


@contextmanager
def _folder_beside(folder: Path, marker: str) -> Iterator[Path]:
    """An empty folder on the same disk, gone at the end, and so are parents that nothing came into."""
    new: Path | None = None
    parents = [parent for parent in folder.parents if not parent.exists()]
    try:
        if folder.exists() and any(folder.iterdir()) and not (folder / marker).exists():
            raise ModelError(
                f"{folder}: holds files that are not a model of this kind. Choose another folder with -o."
            )
        folder.parent.mkdir(parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        new.chmod(0o755)
        yield new
    except OSError as error:
        reason = error.strerror or str(error)
        raise ModelError(f"{folder}: cannot be written ({reason}). Choose another folder with -o.") from error
    finally:
        if new is not None:
            shutil.rmtree(new, ignore_errors=True)
        with suppress(OSError):
            for parent in parents:
                parent.rmdir()


def _replace(new: Path, folder: Path) -> None:
    """Put `new` in the place of `folder`; a folder cannot be renamed over one that has files."""
    old = folder.with_name(f".{folder.name}-old-{os.getpid()}")
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
