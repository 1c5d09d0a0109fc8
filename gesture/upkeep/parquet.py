"""Recordings <-> one Parquet file: a row per frame, for pandas, polars, R or DuckDB.

| Column | What |
|---|---|
| `recording`, `person` | text |
| `time_s` | seconds from the recording's start |
| `left_label`, `right_label` | the take that the frame is in, `background` and `ignore` among them; null outside |
| `left_x0` ... `right_z20` | image landmarks, as in `HandFrame`; NaN where there is no hand |
| `left_world_x0` ... `right_world_z20` | the same in metres about the hand's centre |
| `left_score`, `left_presence`, `right_score`, `right_presence` | as in `HandFrame` |

Whatever a row cannot hold (the takes to the microsecond, image size, view ...) is in the file's metadata under
`gesture`, so that `read_parquet` gives back exactly what was written.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from gesture import __version__
from gesture.errors import DataError
from gesture.types import NUM_HANDS, NUM_LANDMARKS, SLOTS, Array, Recording, Take

FORMAT = 1
_KEY = b"gesture"
_POINTS = {"landmarks": "", "world_landmarks": "world_"}
_PER_HAND = {"scores": "score", "presence": "presence"}
_FACTS = ("person", "image_size", "view", "mirrored", "engine")


def write_parquet(recordings: Sequence[Recording], path: Path) -> Path:
    """Write recordings as one table, whole or not at all; an older file is replaced.

    Raises:
        DataError: the file cannot be written, or two recordings bear one name.

    Example:
        >>> write_parquet(load_recordings("recordings"), Path("all.parquet"))  # doctest: +SKIP
        PosixPath('all.parquet')
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    _check_names(recordings)
    new = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with pq.ParquetWriter(new, _schema(recordings), compression="zstd") as writer:
            for recording in recordings:  # a row group each
                writer.write_table(
                    pa.table(_columns(recording), schema=writer.schema), len(recording) or None
                )
        os.replace(new, path)
    except OSError as error:
        raise DataError(
            f"{path}: cannot be written: {error.strerror or error}. Choose another place."
        ) from error
    finally:
        with suppress(OSError):
            new.unlink()
    return path


def recordings_in(path: Path) -> list[str]:
    """The names of the recordings in a file.

    Raises:
        DataError: it was not written by `write_parquet`, or by a newer version.
    """
    return list(_read_facts(path))


def persons_in(path: Path) -> set[str]:
    """Whose recordings a file holds; nobody's if it is none of ours."""
    try:
        return {facts["person"] for facts in _read_facts(path).values()}
    except (DataError, KeyError, TypeError):
        return set()


def read_parquet(path: Path, name: str) -> Recording:
    """One recording out of a file, as it was written.

    Raises:
        DataError: as `recordings_in`, or the file is damaged or holds no such recording.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    facts = _read_facts(path).get(name)
    if facts is None:
        raise DataError(f"{path}: holds no recording {name!r}. Expected one of those that it names.")
    try:
        table = pq.read_table(path, filters=[("recording", "=", name)])
        columns = {field: table[field].to_numpy() for field in ("time_s", *_value_columns())}
        return Recording(
            columns["time_s"],
            _read_points(columns, _POINTS["landmarks"]),
            _read_points(columns, _POINTS["world_landmarks"]),
            _read_per_hand(columns, _PER_HAND["scores"]),
            _read_per_hand(columns, _PER_HAND["presence"]),
            takes=tuple(Take(*take) for take in facts["takes"]),
            **{key: value for key, value in facts.items() if key not in ("takes", "image_size")},
            image_size=tuple(facts["image_size"]),
            name=name,
        )
    except (pa.ArrowException, OSError, KeyError, ValueError, TypeError) as error:
        raise DataError(f"{path}: damaged ({error}). Export the recordings again.") from error


def _check_names(recordings: Sequence[Recording]) -> None:
    for name, number in Counter(recording.name for recording in recordings).items():
        if number > 1 or not name:
            raise DataError(
                f"recordings: {number} named {name!r}. Expected a name of its own for each. Rename a folder."
            )


def _value_columns() -> list[str]:
    points = [
        f"{slot}_{prefix}{axis}{index}"
        for prefix in _POINTS.values()
        for slot in SLOTS
        for index in range(NUM_LANDMARKS)
        for axis in "xyz"
    ]
    return points + [f"{slot}_{column}" for column in _PER_HAND.values() for slot in SLOTS]


@cache
def _plain_schema() -> Any:
    import pyarrow as pa

    text = pa.dictionary(pa.int32(), pa.string())
    labels = [pa.field(f"{slot}_label", text) for slot in SLOTS]
    values = [pa.field(name, pa.float32()) for name in _value_columns()]
    first = [pa.field("recording", text), pa.field("person", text), pa.field("time_s", pa.float64())]
    return pa.schema([*first, *labels, *values])


def _schema(recordings: Sequence[Recording]) -> Any:
    facts = {
        recording.name: {
            **{key: getattr(recording, key) for key in _FACTS},
            "takes": [[take.start_s, take.end_s, take.label, take.hand] for take in recording.takes],
        }
        for recording in recordings
    }
    content = {"format": FORMAT, "gesture": __version__, "recordings": facts}
    return _plain_schema().with_metadata({_KEY: json.dumps(content).encode()})


def _columns(recording: Recording) -> dict[str, Any]:
    import pyarrow as pa

    num_frames = len(recording)
    columns: dict[str, Any] = {
        "recording": pa.array([recording.name] * num_frames).dictionary_encode(),
        "person": pa.array([recording.person] * num_frames).dictionary_encode(),
        "time_s": recording.times_s,
    }
    for slot in SLOTS:
        labels = pa.array(_frame_labels(recording, slot), pa.string())
        columns[f"{slot}_label"] = labels.dictionary_encode()
    values = [getattr(recording, field).reshape(num_frames, -1) for field in (*_POINTS, *_PER_HAND)]
    flat = np.concatenate(values, axis=1, dtype=np.float32)  # (T, columns)
    for column, name in enumerate(_value_columns()):
        columns[name] = pa.array(np.ascontiguousarray(flat[:, column]))
    return columns


def _frame_labels(recording: Recording, slot: str) -> list[str | None]:
    labels: list[str | None] = [None] * len(recording)
    for take in recording.takes:
        if take.hand in (slot, "both"):
            first, last = np.searchsorted(recording.times_s, (take.start_s, take.end_s))
            labels[first:last] = [take.label] * int(last - first)
    return labels


def _read_facts(path: Path) -> dict[str, Any]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_schema(path).metadata or {}
        content = json.loads(metadata[_KEY])
        facts: dict[str, Any] = content["recordings"]
        version = content["format"]
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"{path}: not an export of this program. Expected one of 'gesture recordings export --parquet'."
        ) from error
    if version > FORMAT:
        raise DataError(
            f"{path}: format {version}, written by gesture {content.get('gesture')}. Expected at most {FORMAT}. "
            f"Install gesture {content.get('gesture')} or newer."
        )
    return facts


def _read_points(columns: dict[str, Any], prefix: str) -> Array:
    names = [
        f"{slot}_{prefix}{axis}{index}" for slot in SLOTS for index in range(NUM_LANDMARKS) for axis in "xyz"
    ]
    stacked = np.stack([columns[name] for name in names], axis=-1)
    return stacked.reshape(-1, NUM_HANDS, NUM_LANDMARKS, 3)


def _read_per_hand(columns: dict[str, Any], column: str) -> Array:
    return np.stack([columns[f"{slot}_{column}"] for slot in SLOTS], axis=-1)
