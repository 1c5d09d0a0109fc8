"""Recordings on disk: written as they happen, read back as `Recording`, whole after a crash.

A recording is one folder, `recordings/<utc>_<person>/`, of two files:

- `landmarks.arrows`, an Arrow IPC stream with one row per frame (`frames`). A batch of rows is written at
  least every second of the recording (`stream`), so what a killed process leaves is what it recorded.
  pyarrow, pandas and polars read it as a plain table.
- `recording.json`, who, when and how, and the takes, one a line (`manifest`). Made to be edited by hand;
  replaced atomically with every kept take. A folder is a recording once it holds this file.

`video.mkv` may lie beside them; nothing here touches it.

Example:
    >>> size = (640, 480)
    >>> with RecordingWriter("recordings", person="p1", image_size=size) as writer:  # doctest: +SKIP
    ...     for frame in camera:
    ...         writer.append(landmarker.detect(frame))
    ...     writer.keep(Take(1.2, 2.1, "swipe_left", "right"))
    >>> recordings = load_recordings("recordings")  # doctest: +SKIP
"""

from gesture.recording.frames import LANDMARKS
from gesture.recording.manifest import MANIFEST, Manifest, read_manifest, write_manifest
from gesture.recording.names import check_label, check_name
from gesture.recording.reader import load_recordings, read_recording, recording_folders
from gesture.recording.stream import FLUSH_S
from gesture.recording.writer import RecordingWriter, replace_takes, save_recording

__all__ = [
    "FLUSH_S",
    "LANDMARKS",
    "MANIFEST",
    "Manifest",
    "RecordingWriter",
    "check_label",
    "check_name",
    "load_recordings",
    "read_manifest",
    "read_recording",
    "recording_folders",
    "replace_takes",
    "save_recording",
    "write_manifest",
]
