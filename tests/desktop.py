"""An X server that nobody sees, keys for the windows on it, and pictures of it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator

import cv2
import numpy as np
import pytest


@pytest.fixture(scope="module")
def x_server() -> Iterator[str]:
    """The DISPLAY of an X server that nobody sees."""
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed")
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1024x768x24", "-nolisten", "tcp", "-noreset"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        yield f":{server.stdout.readline().strip()}"
        server.terminate()


def xdotool(display: str, *arguments: str) -> str:
    if shutil.which("xdotool") is None:
        pytest.skip("xdotool is not installed")
    command = ["xdotool", *arguments]
    return subprocess.run(
        command,
        env={**os.environ, "DISPLAY": display},
        check=True,
        capture_output=True,
        text=True,
        timeout=20,
    ).stdout.strip()


def screenshot(display: str) -> np.typing.NDArray[np.uint8]:
    """(768, 1024, 3), RGB."""
    if shutil.which("import") is None:
        pytest.skip("ImageMagick's import is not installed")
    command = ["import", "-display", display, "-window", "root", "png:-"]
    png = subprocess.run(command, check=True, capture_output=True, timeout=20).stdout
    return cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
