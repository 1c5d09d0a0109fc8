"""Landmarks that other projects stored as NumPy arrays -> a `Recording` without takes.

Two layouts are in wide use. Of kairess/gesture-recognition and its many forks: one `raw_LABEL_TIME.npy` per
recording, a row per frame, 21 landmarks as x, y, z, visibility, then 15 angles and a class. And `MP_Data`:
`LABEL/TAKE/FRAME.npy`, a flat vector of MediaPipe Holistic's key points per frame, the hands last, zero where
no hand was seen.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gesture.errors import DataError
from gesture.importing.settings import Settings
from gesture.importing.sources import Source, frame_files
from gesture.types import NUM_HANDS, NUM_LANDMARKS, Array, Recording

_ROW_LENGTHS = (84, 99, 100)
_HAND_VALUES = NUM_LANDMARKS * 3
_HOLISTIC_LENGTHS = {1662: "pose, face and hands", 258: "pose and hands", 126: "hands"}
"""The two hands are the last 126 values of each, left before right."""


def read_array(source: Source, settings: Settings) -> Recording:
    """One array of frames, (T, 84), (T, 99) or (T, 100), of one hand.

    Raises:
        DataError: it is no such array.
    """
    rows = _load(source.path)
    if rows.ndim == 3:
        raise DataError(
            f"{source.path}: holds windows, {rows.shape}. Expected (frames, 100). "
            "Import the raw_*.npy that they were cut from."
        )
    if rows.ndim != 2 or rows.shape[1] not in _ROW_LENGTHS or not len(rows):
        raise DataError(
            f"{source.path}: has shape {rows.shape}. Expected (frames, 100): 21 times x, y, z, visibility, "
            "then 15 angles and a class. Leave it out."
        )
    landmarks = np.full((len(rows), NUM_HANDS, NUM_LANDMARKS, 3), np.nan, np.float32)
    landmarks[:, settings.slot] = rows[:, :84].reshape(-1, NUM_LANDMARKS, 4)[..., :3]
    times_s = np.arange(len(rows)) / settings.frame_rate_hz
    return recording_of(landmarks, times_s, source, settings, "mediapipe hands, version unknown")


def read_frames(source: Source, settings: Settings) -> Recording:
    """A folder with an array for each frame, numbered; a number that is missing is a gap in time.

    Raises:
        DataError: a file is no such array.
    """
    frames = frame_files(source.path)
    landmarks = np.stack([_holistic_hands(path) for path in frames.values()])
    times_s = np.array(list(frames)) / settings.frame_rate_hz
    return recording_of(landmarks, times_s, source, settings, "mediapipe holistic, version unknown")


def recording_of(
    landmarks: Array, times_s: NDArray[np.float64], source: Source, settings: Settings, engine: str
) -> Recording:
    """A recording of image landmarks (T, 2, 21, 3) alone. A hand of nothing but zeros or NaN is absent."""
    absent = ~np.any(np.nan_to_num(landmarks), axis=(2, 3)) | np.isnan(landmarks).any(axis=(2, 3))
    landmarks = np.where(absent[:, :, None, None], np.nan, landmarks).astype(np.float32)
    unknown = np.full((len(landmarks), NUM_HANDS), np.nan, np.float32)
    return Recording(
        times_s=times_s.astype(np.float64),
        landmarks=landmarks,
        world_landmarks=np.full_like(landmarks, np.nan),
        scores=unknown,
        presence=unknown.copy(),
        takes=(),
        person=source.person,
        image_size=settings.size,
        view=settings.view,
        mirrored=settings.is_mirrored(source.kind),
        engine=engine,
    )


def _holistic_hands(path: Path) -> Array:
    """(2, 21, 3) of one frame."""
    values = _load(path)
    if values.shape not in [(length,) for length in _HOLISTIC_LENGTHS]:
        lengths = ", ".join(f"{length} ({what})" for length, what in _HOLISTIC_LENGTHS.items())
        raise DataError(f"{path}: has shape {values.shape}. Expected a vector of {lengths}. Leave it out.")
    return values[-2 * _HAND_VALUES :].reshape(NUM_HANDS, NUM_LANDMARKS, 3).astype(np.float32)


def _load(path: Path) -> NDArray[np.float64]:
    try:
        values = np.load(path, allow_pickle=False)
        return np.asarray(values, np.float64)
    except (OSError, ValueError, EOFError) as error:
        raise DataError(
            f"{path}: is no array of numbers ({error}). Expected a .npy file. Restore it from a copy."
        ) from error
