"""What makes the shipped model refuses before it works for minutes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "train_default.py"


def test_a_folder_that_holds_something_else_is_refused_before_anybody_is_filmed(tmp_path: Path) -> None:
    other, recordings = tmp_path / "letters", tmp_path / "recordings"
    other.mkdir()
    (other / "letter.txt").write_text("Dear Ada", encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, str(SCRIPT), "-o", str(other), "--recordings", str(recordings)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 1
    assert ran.stderr.startswith(f"Error: {other}: holds files that are not a model of this kind.")
    assert "Traceback" not in ran.stderr
    assert not recordings.exists()
