"""What there is to import: files in folders or named by a table -> `Source`s, each with what it shows."""

from __future__ import annotations

import csv
import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gesture.errors import DataError
from gesture.recording import MANIFEST, check_label, check_name

Kind = Literal["video", "array", "frames", "poses", "tips", "table"]
UNKNOWN_PERSON = "unknown"
VIDEO_SUFFIXES = frozenset({".avi", ".gif", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm", ".wmv"})
_RAW_ARRAY = re.compile(r"raw_(.+)_\d+")
_LAYOUTS = "Expected videos in LABEL/, raw_LABEL_TIME.npy, LABEL/TAKE/FRAME.npy, keypoint.csv or an exported .parquet"
_POSE_COLUMNS, _TIP_COLUMNS = 1 + 42, 1 + 32


@dataclass(frozen=True)
class Stretch:
    """What a source shows, all of it or from one time to another.

    Attributes:
        label: the gesture's name, or `background`.
        start_s, end_s: None where the source begins or ends.
    """

    label: str
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True)
class Source:
    """What becomes one recording.

    Attributes:
        path: a file, or a folder with a file for each frame.
        kind: "video"; "array", one array of landmarks; "frames", one array a frame; "poses", one row a still
            hand; "tips", the path of a fingertip, which is not enough; "table", an export of this program.
        person: whose hands, or what else divides the data.
        stretches: the labels; none where the file itself holds them.
        part: which recording of a "table".
    """

    path: Path
    kind: Kind
    person: str = UNKNOWN_PERSON
    stretches: tuple[Stretch, ...] = ()
    part: str = ""


def sources_in(path: Path, *, person: str = UNKNOWN_PERSON, label: str | None = None) -> list[Source]:
    """Everything below a folder that can be imported, or the one file that the path is; by path.

    Args:
        path: a folder in one of the layouts, or a file.
        person: of all of it.
        label: of all of it. Default: the name of the folder that a file is in, or what its name says.

    Raises:
        DataError: nothing is there, or nothing says what a file shows.

    Example:
        >>> sources_in(Path("clips"))  # doctest: +SKIP
        [Source(path=PosixPath('clips/wave/01.mp4'), kind='video', stretches=(Stretch('wave'),), ...)]
    """
    if not path.exists():
        raise DataError(f"{path}: not found. {_LAYOUTS}.")
    check_name("person", person)
    found = [
        source for each, kind in _candidates(path) for source in _sources_of(each, kind, path, person, label)
    ]
    if not found:
        raise DataError(f"{path}: holds nothing that can be imported. {_LAYOUTS}, or a --table.")
    return found


def sources_in_table(
    table: Path, *, person: str = UNKNOWN_PERSON, group_column: str = "group"
) -> list[Source]:
    """The files that a table names, with their labels.

    Args:
        table: comma-separated text with the columns `file` (relative to the table), `label`, and, if wanted,
            `start_s`, `end_s` and a group, which stands for the person. A file may have several rows.
        person: of the rows without a group.
        group_column: the column that holds it.

    Raises:
        DataError: the table cannot be read or a row cannot be used; names the line.
    """
    rows: dict[Path, list[Stretch]] = {}
    persons: dict[Path, str] = {}
    for number, row in _table_rows(table, group_column):
        where = f"{table}, line {number}"
        path, stretch = _read_row(where, table.parent, row)
        rows.setdefault(path, []).append(stretch)
        group = check_name("person", (row.get(group_column) or person).strip())
        if persons.setdefault(path, group) != group:
            raise DataError(
                f"{where}: {path.name} is of {persons[path]!r} above. Expected one group per file."
            )
    if not rows:
        raise DataError(
            f"{table}: holds nothing below its first line. Expected a row for each file. Add them."
        )
    return [
        Source(path, kind_of(path) or "video", persons[path], tuple(stretches))
        for path, stretches in rows.items()
    ]


def kind_of(path: Path) -> Kind | None:
    """What a file or folder is, by its name and, where that is not enough, its first line."""
    if path.is_dir():
        return "frames" if any(frame_files(path)) else None
    if path.suffix.lower() in VIDEO_SUFFIXES:
        return "video"
    if path.suffix == ".parquet":
        return "table"
    if path.suffix == ".npy":
        return None if path.name.startswith("seq_") else "array"  # seq_: windows cut out of raw_
    return _kind_of_csv(path) if path.suffix == ".csv" else None


def frame_files(folder: Path) -> dict[int, Path]:
    """The frames of a take by their numbers: `0.npy`, `1.npy` ..."""
    numbered = {int(path.stem): path for path in folder.glob("*.npy") if path.stem.isdecimal()}
    return dict(sorted(numbered.items()))


def _candidates(root: Path) -> Iterator[tuple[Path, Kind]]:
    if root.is_file():
        if kind := kind_of(root):
            yield root, kind
        return
    for name, folders, files in os.walk(root):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        if MANIFEST in files:  # a recording, perhaps with its video
            folders.clear()
            continue
        if kind_of(Path(name)) == "frames":
            yield Path(name), "frames"
            continue
        for file in sorted(each for each in files if not each.startswith(".")):
            if kind := kind_of(Path(name, file)):
                yield Path(name, file), kind


def _sources_of(path: Path, kind: Kind, root: Path, person: str, label: str | None) -> list[Source]:
    if kind == "table":
        from gesture.upkeep.parquet import recordings_in

        return [Source(path, kind, part=name) for name in recordings_in(path)]
    if kind in ("poses", "tips"):
        return [Source(path, kind, person)]
    return [Source(path, kind, person, (Stretch(check_label(label or _label_of(path, kind, root))),))]


def _label_of(path: Path, kind: Kind, root: Path) -> str:
    raw = _RAW_ARRAY.fullmatch(path.stem)
    if kind == "array" and raw:
        return raw[1]
    if kind == "frames" or path not in (root, root / path.name):
        return path.resolve().parent.name
    raise DataError(
        f"{path}: nothing says what it shows. Expected it in a folder named after its label. "
        "Move it there, or use --label or --table."
    )


def _kind_of_csv(path: Path) -> Kind | None:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        first = next(csv.reader(file), [])
    try:
        [float(value) for value in first]
    except ValueError:
        return None
    if len(first) == _POSE_COLUMNS:
        return "poses"
    return "tips" if len(first) == _TIP_COLUMNS else None


def _table_rows(table: Path, group_column: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    try:
        text = table.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise DataError(f"{table}: cannot be read: {reason}. Expected a table file,label,...") from error
    lines = text.splitlines()
    header = lines[0] if lines else ""
    reader = csv.DictReader(lines, delimiter=max(",;\t", key=header.count), restval="")
    wanted = {"file", "label"} | (
        {group_column} - {"group"}
    )  # a group may be left out, one that is named may not
    if missing := wanted - set(reader.fieldnames or ()):
        raise DataError(
            f"{table}: has no column {', '.join(sorted(missing))}. Expected file and label, and if wanted "
            f"{group_column}, start_s and end_s. Found: {header[:80] or 'nothing'}."
        )
    for row in reader:
        yield reader.line_num, {key: value for key, value in row.items() if isinstance(value, str)}


def _read_row(where: str, folder: Path, row: Mapping[str, str]) -> tuple[Path, Stretch]:
    if not row["file"].strip():
        raise DataError(f"{where}: names no file. Expected a path relative to the table.")
    try:
        label = check_label(row["label"])
    except DataError as error:
        raise DataError(f"{where}: {error}") from None
    start_s, end_s = (_seconds(where, name, row.get(name, "")) for name in ("start_s", "end_s"))
    if start_s is not None and end_s is not None and not start_s < end_s:
        raise DataError(f"{where}: runs from {start_s:g} to {end_s:g} s. Expected start_s < end_s.")
    return folder / row["file"].strip(), Stretch(label, start_s, end_s)


def _seconds(where: str, column: str, text: str) -> float | None:
    if not text.strip():
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise DataError(f"{where}: {column} is {text!r}. Expected seconds from the file's start.")
    return seconds
