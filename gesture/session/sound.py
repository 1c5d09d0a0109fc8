"""Short tones, so that a countdown can be followed without looking.

Played by what the system brings: `winsound` (Windows), `afplay` (macOS), PipeWire, PulseAudio or ALSA's player (Linux);
the terminal's bell where there is none of them. No library, nothing to install.
"""

from __future__ import annotations

import math
import shutil
import subprocess
import sys
import tempfile
import wave
from array import array
from pathlib import Path
from types import TracebackType
from typing import Self

_RATE_HZ = 22_050
_VOLUME = 0.35
_FADE_S = 0.008  # a tone that begins or ends at once clicks
_PLAYERS = (("afplay",), ("pw-play",), ("paplay",), ("aplay", "-q"))
_BELL = "\a"

TONES: dict[str, tuple[tuple[float, float], ...]] = {
    "tick": ((660, 0.07),),
    "go": ((1320, 0.22),),
    "kept": ((880, 0.07), (1175, 0.12)),
    "fault": ((294, 0.28),),
}
"""By name: (hertz, seconds), one after the other."""


class Sounds:
    """Plays the tones of `TONES` without waiting for them; a context manager.

    A sound that cannot be played is no error: everything it says is on the screen too.

    Example:
        >>> with Sounds() as sounds:  # doctest: +SKIP
        ...     sounds.play("tick")
    """

    def __init__(self) -> None:
        self._player = next((player for player in _PLAYERS if shutil.which(player[0])), None)
        self._playing: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="gesture-", ignore_cleanup_errors=True)
        for name in TONES:
            write_tone(self._path(name), TONES[name])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._playing:
            try:
                process.wait(1)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._folder.cleanup()

    def play(self, name: str) -> None:
        """Begin a tone and return."""
        self._playing = [process for process in self._playing if process.poll() is None]
        path = str(self._path(name))
        if sys.platform == "win32":
            import winsound

            winsound.PlaySound(path, winsound.SND_FILENAME | winsound.SND_ASYNC | winsound.SND_NODEFAULT)
        elif self._player:
            silent = subprocess.DEVNULL
            self._playing.append(
                subprocess.Popen([*self._player, path], stdin=silent, stdout=silent, stderr=silent)
            )
        elif sys.stderr.isatty():
            sys.stderr.write(_BELL)
            sys.stderr.flush()

    def _path(self, name: str) -> Path:
        return Path(self._folder.name, f"{name}.wav")


def write_tone(path: Path, notes: tuple[tuple[float, float], ...]) -> None:
    """Write notes, (hertz, seconds) one after the other, as a WAV file."""
    samples = array("h", [sample for hertz, seconds in notes for sample in _note(hertz, seconds)])
    if sys.byteorder == "big":
        samples.byteswap()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE_HZ)
        file.writeframes(samples.tobytes())


def _note(hertz: float, seconds: float) -> list[int]:
    num = round(seconds * _RATE_HZ)
    fade = _FADE_S * _RATE_HZ
    return [
        round(
            32767
            * _VOLUME
            * min(1.0, i / fade, (num - i) / fade)
            * math.sin(2 * math.pi * hertz * i / _RATE_HZ)
        )
        for i in range(num)
    ]
