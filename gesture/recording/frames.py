"""`landmarks.arrows`: one row per frame, as messages to be written and as arrays read back.

Columns, for `left` and `right` alike (an absent hand is NaN):

| Column | Type |
|---|---|
| `time_s` | float64 |
| `left_landmarks`, `left_world_landmarks` | 63 float32: x, y, z of the 21 landmarks in turn |
| `left_score`, `left_presence` | float32 |

pyarrow takes 0.2 s to import, so only the functions that write or read import it.
"""

from __future__ import annotations

import io
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gesture.errors import DataError
from gesture.recording.files import disk_errors
from gesture.types import NUM_HANDS, NUM_LANDMARKS, SLOTS, Array, HandFrame

LANDMARKS = "landmarks.arrows"
MAX_BATCH_FRAMES = 256
_NUM_VALUES = NUM_LANDMARKS * 3
_LONGEST_BATCH_BYTES = 2 * MAX_BATCH_FRAMES * (2 * NUM_HANDS * (_NUM_VALUES + 1) * 4 + 8)
# arrow.apache.org/docs/format/Columnar.html, "IPC Streaming Format"
END_OF_STREAM = b"\xff\xff\xff\xff\x00\x00\x00\x00"
_POINT_COLUMNS = ("landmarks", "world_landmarks")
_HAND_COLUMNS = {"scores": "score", "presence": "presence"}
_AGAIN = "Restore it from a copy, or record again with 'gesture record'."


class Frames(NamedTuple):
    """The rows of a `landmarks.arrows`.

    Attributes:
        times_s, landmarks, world_landmarks, scores, presence: as in `Recording`.
        whole_bytes: where the last whole batch ends.
        num_bytes: the length of the file.
        state: "finished"; "cut" in the middle of its last batch, as by a kill; or "damaged" in any other way.
    """

    times_s: NDArray[np.float64]
    landmarks: Array
    world_landmarks: Array
    scores: Array
    presence: Array
    whole_bytes: int
    num_bytes: int
    state: Literal["finished", "cut", "damaged"]


def read_frames(path: Path) -> Frames:
    """Read every whole batch of a `landmarks.arrows`.

    Raises:
        DataError: it cannot be read, is no such table, or its times do not increase.
    """
    import pyarrow as pa

    with disk_errors(path, "read"):
        data = path.read_bytes()
    batches, whole_bytes = _whole_batches(path, data)
    table = pa.Table.from_batches(batches, None if batches else _schema())
    _check_columns(path, table)
    times_s = table["time_s"].to_numpy()
    _check_times(path, times_s)
    landmarks, world_landmarks = (_points(table, name) for name in _POINT_COLUMNS)
    scores, presence = (_per_hand(table, column) for column in _HAND_COLUMNS.values())
    state = _state(data[whole_bytes:])
    return Frames(times_s, landmarks, world_landmarks, scores, presence, whole_bytes, len(data), state)


def _state(rest: bytes) -> Literal["finished", "cut", "damaged"]:
    """What follows the last whole batch. A cut leaves no end, and less than a batch."""
    if rest.startswith(END_OF_STREAM):
        return "finished"
    return "damaged" if rest.endswith(END_OF_STREAM) or len(rest) > _LONGEST_BATCH_BYTES else "cut"


@cache
def _schema() -> Any:
    import pyarrow as pa

    points = [
        pa.field(f"{slot}_{name}", pa.list_(pa.float32(), _NUM_VALUES))
        for name in _POINT_COLUMNS
        for slot in SLOTS
    ]
    per_hand = [pa.field(f"{slot}_{name}", pa.float32()) for name in _HAND_COLUMNS.values() for slot in SLOTS]
    return pa.schema([pa.field("time_s", pa.float64()), *points, *per_hand])


@cache
def schema_message() -> bytes:
    message: bytes = _schema().serialize().to_pybytes()
    return message


def batch_message(frames: list[HandFrame]) -> bytes:
    """Rows as one message. LZ4 halves it where one hand is absent, in a few microseconds."""
    import pyarrow as pa

    columns = [pa.array([frame.time_s for frame in frames], pa.float64())]
    for name in _POINT_COLUMNS:
        points = np.array([getattr(frame, name) for frame in frames], np.float32)
        flat = (np.ascontiguousarray(points[:, slot]).ravel() for slot in range(NUM_HANDS))
        columns += [pa.FixedSizeListArray.from_arrays(pa.array(values), _NUM_VALUES) for values in flat]
    for name in _HAND_COLUMNS:
        values = np.array([getattr(frame, name) for frame in frames], np.float32)
        columns += [pa.array(np.ascontiguousarray(values[:, slot])) for slot in range(NUM_HANDS)]
    sink = io.BytesIO()
    stream = pa.ipc.new_stream(
        sink, _schema(), options=pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
    )
    stream.write_batch(pa.record_batch(columns, schema=_schema()))
    return sink.getvalue()[len(schema_message()) :]


def _whole_batches(path: Path, data: bytes) -> tuple[list[Any], int]:
    """The batches before the first that is cut or damaged, and where the last of them ends."""
    import pyarrow as pa

    if schema_message().startswith(data):
        return [], 0  # killed while the very first bytes were written
    source = pa.BufferReader(data)
    try:
        # Many small batches: handing each to a thread pool takes ten times as long as decoding it here.
        stream = pa.ipc.open_stream(source, options=pa.ipc.IpcReadOptions(use_threads=False))
        stream.schema.names  # noqa: B018 - decoded only here; damaged ones raise a ValueError
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DataError(f"{path}: is no Arrow stream. Expected one. {_AGAIN}") from error
    batches, end = [], source.tell()
    with suppress(StopIteration, pa.ArrowException, OSError):
        while True:
            batch = stream.read_next_batch()
            batch.validate()
            batches.append(batch)
            end = source.tell()
    return batches, end


def _check_columns(path: Path, table: Any) -> None:
    for field in _schema():
        if table.column_names.count(field.name) != 1:
            raise DataError(f"{path}: has no single column {field.name!r}. Expected {field.type}. {_AGAIN}")
        column = table[field.name]
        if column.type != field.type:
            raise DataError(
                f"{path}: column {field.name!r} is {column.type}. Expected {field.type}. {_AGAIN}"
            )
        if column.null_count:
            raise DataError(f"{path}: column {field.name!r} has empty cells. Expected NaN there. {_AGAIN}")


def _check_times(path: Path, times_s: NDArray[np.float64]) -> None:
    wrong = ~np.isfinite(times_s)
    wrong[1:] |= ~(np.diff(times_s) > 0)
    if wrong.any():
        frame = int(wrong.argmax())
        raise DataError(
            f"{path}: frame {frame} has time {times_s[frame]} s. Expected finite times, each later than the "
            f"last. {_AGAIN}"
        )


def _points(table: Any, name: str) -> Array:
    hands = [
        table[f"{slot}_{name}"].combine_chunks().flatten().to_numpy(zero_copy_only=False) for slot in SLOTS
    ]
    return np.stack([hand.reshape(-1, NUM_LANDMARKS, 3) for hand in hands], axis=1)


def _per_hand(table: Any, name: str) -> Array:
    return np.stack([table[f"{slot}_{name}"].to_numpy() for slot in SLOTS], axis=1)
