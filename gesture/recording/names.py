"""Names that come from people. Persons and models become parts of paths; labels never do."""

from __future__ import annotations

import unicodedata

from gesture.errors import DataError
from gesture.types import IGNORE

_MAX_NAME_BYTES = 200
"""File systems hold 255 bytes a name; the rest is for the time in front and a number behind."""

# What Windows refuses in a file name, so that recordings can move between machines. Source:
# learn.microsoft.com/windows/win32/fileio/naming-a-file
_FORBIDDEN = frozenset('<>:"/\\|?*')
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [port + digit for port in ("com", "lpt") for digit in "0123456789¹²³"]
)


def check_name(kind: str, name: str) -> str:
    """A name that may become part of a path, in Unicode's normal form C.

    Args:
        kind: what is named, for the message: "person", "model" or "recording".
        name: any script; no separators, no control characters, nothing that Windows reserves.

    Raises:
        DataError: the name cannot be used; says why and what can.

    Example:
        >>> check_name("person", "p1")
        'p1'
        >>> check_name("person", "../p1")
        Traceback (most recent call last):
        gesture.errors.DataError: person '../p1' begins with a dot. Choose a plain name such as 'p1'.
    """
    normal = unicodedata.normalize("NFC", name)
    if problem := _problem_as_file_name(normal):
        raise DataError(f"{kind} {name!r} {problem}. Choose a plain name such as 'p1'.")
    return normal


def check_label(label: str) -> str:
    """A gesture's name as a person gives it: normal form C, without spaces around it.

    Any script is welcome, and so is `background`; `ignore` is reserved for what is trained as nothing.

    Raises:
        DataError: the label is empty, holds control characters or is reserved.

    Example:
        >>> check_label(" 손 흔들기 ")
        '손 흔들기'
    """
    normal = unicodedata.normalize("NFC", label).strip()
    if not normal:
        raise DataError(f"label {label!r} is empty. Expected a name such as 'swipe_left'.")
    if _has_control_characters(normal):
        raise DataError(
            f"label {label!r} holds a control character. Expected letters, digits, spaces or signs."
        )
    if normal == IGNORE:
        raise DataError(f"label {IGNORE!r} is reserved for what is not to be trained. Choose another name.")
    return normal


def _problem_as_file_name(name: str) -> str:
    if not name.strip():
        return "is empty"
    if name.startswith("."):
        return "begins with a dot"
    if name[0].isspace() or name[-1].isspace() or name.endswith("."):
        return "begins or ends with a space, or ends with a dot"
    if _has_control_characters(name):
        return "holds a control character"
    if found := sorted(_FORBIDDEN.intersection(name)):
        return f"holds {' '.join(found)}"
    if name.split(".")[0].rstrip().casefold() in _RESERVED:
        return "is reserved on Windows"
    return "is too long" if len(name.encode()) > _MAX_NAME_BYTES else ""


def _has_control_characters(text: str) -> bool:
    """Control characters, line separators, and halves of surrogate pairs (which no file can hold)."""
    return any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in text)
