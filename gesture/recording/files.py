"""Files that are whole or not there, and one clear line where the disk says no."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gesture.errors import DataError

_NO_SPACE = "Free some space; what was recorded before is kept"
_NOT_ALLOWED = "Use another folder or change its permissions"
_REMEDIES = {
    errno.ENOSPC: _NO_SPACE,
    errno.EDQUOT: _NO_SPACE,
    errno.EACCES: _NOT_ALLOWED,
    errno.EPERM: _NOT_ALLOWED,
    errno.EROFS: _NOT_ALLOWED,
    errno.EEXIST: "Choose another name, or move what is there",
    errno.EWOULDBLOCK: "Wait until it has finished",
    errno.ENOENT: "Check whether the folder was moved or removed",
}


@contextmanager
def disk_errors(path: Path, task: str) -> Iterator[None]:
    """Turn the operating system's refusal into one line with a remedy.

    Args:
        path: what is being worked on.
        task: "read" or "written".

    Raises:
        DataError: instead of any OSError inside.
    """
    try:
        yield
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, "Check the disk and the path")
        reason = error.strerror or str(error)
        raise DataError(f"{path}: cannot be {task}: {reason}. {remedy}.") from error


def half_written(path: Path) -> Path:
    """Where `replace_file` writes; what a kill can leave there is worth nothing."""
    return path.with_name(f".{path.name}.new")


def replace_file(path: Path, data: bytes) -> None:
    """Replace a file so that a reader, a crash or a power cut finds the old one or the new one, never half.

    One process at a time for one path.

    Raises:
        OSError: the old file is still there, as it was.
    """
    temporary = half_written(path)
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
