"""`recording.json`: who, when, how, and the takes. Written for people to read, edit and compare."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from gesture import __version__
from gesture.errors import DataError
from gesture.recording.files import disk_errors, replace_file
from gesture.recording.names import check_label, check_name
from gesture.types import IGNORE, Hand, Take, View

MANIFEST = "recording.json"
FORMAT = 1
EDGE_S = 1.0
"""How far a take may reach beyond the first and last frame: its end is exclusive, and so are its margins."""


@dataclass(frozen=True)
class Manifest:
    """What `recording.json` says.

    Attributes:
        person, image_size, view, mirrored, engine, takes: as in `Recording`.
        recorded_utc: when, as "2025-03-14T09:15:30Z".
        source: the camera, file or stream, in words.
        extra: fields this version does not know, kept as they are when the file is rewritten.
        take_extra: the same for each take that has any.
    """

    person: str
    image_size: tuple[int, int]
    view: View = "facing"
    mirrored: bool = False
    engine: str = ""
    recorded_utc: str = ""
    source: str = ""
    takes: tuple[Take, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    take_extra: Mapping[Take, Mapping[str, Any]] = field(default_factory=dict)


def read_manifest(folder: Path) -> Manifest:
    """Read and check a recording's `recording.json`.

    Raises:
        DataError: the file is missing, damaged (with line and column), incomplete or of a newer format.
    """
    path = folder / MANIFEST
    fields = _load(path)
    _check_format(path, fields)
    _check_fields(str(path), fields, _FIELDS)
    takes = [
        _read_take(f"{path}: take {number}", each) for number, each in enumerate(fields["takes"], start=1)
    ]
    try:
        person = check_name("person", fields["person"])
    except DataError as error:
        raise DataError(f"{path}: {error}") from None
    return Manifest(
        person=person,
        image_size=tuple(fields["image_size"]),
        view=fields["view"],
        mirrored=fields["mirrored"],
        engine=fields["engine"],
        recorded_utc=fields["recorded_utc"],
        source=fields["source"],
        takes=tuple(sorted(take for take, _ in takes)),
        extra={key: value for key, value in fields.items() if key not in _FIELDS},
        take_extra={take: extra for take, extra in takes if extra},
    )


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Replace a recording's `recording.json` atomically, the takes by start.

    Raises:
        DataError: the disk is full, read-only or gone; the old file is still there.
    """
    path = folder / MANIFEST
    with disk_errors(path, "written"):
        replace_file(path, _to_text(manifest).encode("utf-8", "backslashreplace"))


def check_take(take: Take) -> Take:
    """The take with plain finite times and a checked label.

    Raises:
        DataError: a time is not finite, or the label cannot be used.
    """
    if not (math.isfinite(take.start_s) and math.isfinite(take.end_s)):
        raise DataError(
            f"take {take.label!r} runs from {take.start_s} to {take.end_s} s. Expected finite times."
        )
    label = take.label if take.label == IGNORE else check_label(take.label)
    return Take(float(take.start_s), float(take.end_s), label, take.hand)


def span_s(times_s: NDArray[np.float64]) -> tuple[float, float]:
    """The times of the first and the last frame; NaN where there are none."""
    return (float(times_s[0]), float(times_s[-1])) if len(times_s) else (math.nan, math.nan)


def check_takes_inside(owner: str, takes: Iterable[Take], first_s: float, last_s: float) -> None:
    """Check that takes lie between the first and the last frame.

    They may reach `EDGE_S` beyond; what is not `ignore` must hold some of the recording.

    Raises:
        DataError: names the take.
    """
    for take in takes:
        near = first_s - EDGE_S <= take.start_s and take.end_s <= last_s + EDGE_S
        held = take.label == IGNORE or (take.start_s <= last_s and first_s < take.end_s)
        if not (near and held):
            frames = (
                "frames, and there are none" if math.isnan(first_s) else f"{first_s:.3f} to {last_s:.3f} s"
            )
            raise DataError(
                f"{owner}: take {take.label!r} from {take.start_s:.3f} to {take.end_s:.3f} s lies outside "
                f"the recording. Expected {frames}. Correct or delete the take."
            )


def _load(path: Path) -> dict[str, Any]:
    with disk_errors(path, "read"):
        data = path.read_bytes()
    advice = "Correct that place, or restore the file from a copy."
    try:
        fields = json.loads(data.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise DataError(f"{path}: no valid JSON at {place}: {error.msg}. {advice}") from error
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(f"{path}: line {line} is not UTF-8 text. {advice}") from error
    if not isinstance(fields, dict):
        raise DataError(
            f"{path}: holds no JSON object. Expected {{...}} with person, takes and so on. {advice}"
        )
    return fields


def _check_format(path: Path, fields: Mapping[str, Any]) -> None:
    version = fields.get("format")
    if type(version) is not int or version < 1:
        raise DataError(
            f'{path}: "format" is {json.dumps(version)}. Expected {FORMAT}. Correct it in the file.'
        )
    if version > FORMAT:
        writer = fields.get("gesture", "a newer version")
        raise DataError(
            f"{path}: has format {version}, written by gesture {writer}. Expected at most format {FORMAT}, "
            f"which is what gesture {__version__} reads. Install gesture {writer} or newer."
        )


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_number(value: object) -> bool:
    # Compared before any conversion, because JSON's whole numbers can be too large for a float.
    return isinstance(value, int | float) and not isinstance(value, bool) and -1e9 < value < 1e9


def _is_size(value: object) -> bool:
    return (
        isinstance(value, list) and len(value) == 2 and all(type(side) is int and side > 0 for side in value)
    )


_Rules = Mapping[str, tuple[Callable[[Any], bool], str]]
_FIELDS: _Rules = {
    "format": (lambda value: type(value) is int, str(FORMAT)),
    "gesture": (_is_text, "the version that wrote the file, as text"),
    "person": (_is_text, "a name"),
    "recorded_utc": (_is_text, 'a time such as "2025-03-14T09:15:30Z"'),
    "source": (_is_text, "text"),
    "engine": (_is_text, 'text such as "mediapipe 1.2.2"'),
    "image_size": (_is_size, "[width, height] in pixels, whole numbers"),
    "view": (lambda value: value in get_args(View), '"facing" or "egocentric"'),
    "mirrored": (lambda value: isinstance(value, bool), "true or false"),
    "takes": (lambda value: isinstance(value, list), "a list of takes"),
}
_TAKE_FIELDS: _Rules = {
    "start_s": (_is_number, "a number of seconds"),
    "end_s": (_is_number, "a number of seconds"),
    "label": (_is_text, "text"),
    "hand": (lambda value: value in get_args(Hand), '"left", "right" or "both"'),
}


def _check_fields(owner: str, fields: Mapping[str, Any], rules: _Rules) -> None:
    for key, (is_right, expected) in rules.items():
        found = f"is {json.dumps(fields[key], ensure_ascii=False)}" if key in fields else "is missing"
        if key not in fields or not is_right(fields[key]):
            raise DataError(f'{owner}: "{key}" {found}. Expected {expected}. Correct it in the file.')


def _read_take(owner: str, fields: object) -> tuple[Take, dict[str, Any]]:
    if not isinstance(fields, dict):
        raise DataError(f"{owner} is {json.dumps(fields)}. Expected {{...}} with {', '.join(_TAKE_FIELDS)}.")
    _check_fields(owner, fields, _TAKE_FIELDS)
    extra = {key: value for key, value in fields.items() if key not in _TAKE_FIELDS}
    try:
        take = Take(fields["start_s"], fields["end_s"], fields["label"], fields["hand"])
        return check_take(take), extra
    except (ValueError, DataError) as error:
        raise DataError(f"{owner}: {error} Correct it in the file.") from None


def _to_text(manifest: Manifest) -> str:
    """JSON with one field and one take a line, so that two versions compare line by line."""
    fields = {
        "format": FORMAT,
        "gesture": __version__,
        "person": manifest.person,
        "recorded_utc": manifest.recorded_utc,
        "source": manifest.source,
        "engine": manifest.engine,
        "image_size": list(manifest.image_size),
        "view": manifest.view,
        "mirrored": manifest.mirrored,
        **manifest.extra,
    }
    lines = [f"  {_to_json(key)}: {_to_json(value)},\n" for key, value in fields.items()]
    takes = [
        "\n    " + _to_json({**_take_fields(take), **manifest.take_extra.get(take, {})})
        for take in sorted(manifest.takes)
    ]
    ending = ",".join(takes) + ("\n  " if takes else "")
    return "{\n" + "".join(lines) + f'  "takes": [{ending}]\n}}\n'


def _take_fields(take: Take) -> dict[str, Any]:
    return {"start_s": take.start_s, "end_s": take.end_s, "label": take.label, "hand": take.hand}


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
