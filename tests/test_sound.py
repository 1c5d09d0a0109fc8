"""Tones: that they are well-formed, and that a machine without any player is no error."""

from __future__ import annotations

import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from gesture.session import sound
from gesture.session.sound import TONES, Sounds, write_tone


@pytest.mark.parametrize("name", TONES)
def test_a_tone_has_its_pitch_and_begins_and_ends_softly(tmp_path: Path, name: str) -> None:
    write_tone(tmp_path / "a.wav", TONES[name][:1])
    with wave.open(str(tmp_path / "a.wav")) as file:
        rate_hz, samples = file.getframerate(), np.frombuffer(file.readframes(file.getnframes()), "<i2")
    ((hertz, seconds),) = TONES[name][:1]
    spectrum = np.abs(np.fft.rfft(samples))
    assert len(samples) / rate_hz == pytest.approx(seconds, abs=0.001)
    assert spectrum.argmax() * rate_hz / len(samples) == pytest.approx(hertz, abs=15)
    assert max(abs(samples[:3]).max(), abs(samples[-3:]).max()) < 0.1 * abs(samples).max()


@pytest.mark.skipif(sys.platform == "win32", reason="plays by itself there")
def test_a_player_is_started_and_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound, "_PLAYERS", (("there-is-no-such-player",), ("true", "-q")))
    with Sounds() as sounds:
        folder = Path(sounds._folder.name)
        assert {path.stem for path in folder.iterdir()} == set(TONES)
        for name in TONES:
            sounds.play(name)
    assert not folder.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="plays by itself there")
def test_without_a_player_the_terminal_rings(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sound, "_PLAYERS", ())
    with Sounds() as sounds:
        sounds.play("tick")
        assert capsys.readouterr().err == ""  # into a file nothing rings
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
        sounds.play("go")
    assert capsys.readouterr().err == "\a"
