import os

import pytest

from gesture.quiet import quiet_native

CHATTER = b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\nW0000 00:00:17 1 x.cc:1] slow\n"


def test_chatter_is_dropped_and_everything_else_is_passed_on(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet_native():
        os.write(2, CHATTER + b"Segmentation fault in your camera's driver\n")
    assert capfd.readouterr().err == "Segmentation fault in your camera's driver\n"


def test_the_stream_is_given_back_after_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError), quiet_native():
        raise RuntimeError
    os.write(2, b"I0001 said later\n")
    assert capfd.readouterr().err == "I0001 said later\n"
