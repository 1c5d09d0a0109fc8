import subprocess
import sys

import pytest

import gesture

NAMES = {
    "Camera", "GestureEvent", "GestureModel", "HandFrame", "Landmarker",
    "Recognizer", "Recording", "evaluate_model", "load_recordings", "train_model",
}  # fmt: skip


def loaded_after(code: str) -> set[str]:
    """The top-level modules in a fresh process after running some code."""
    script = (
        f"{code}\nimport sys; print(' '.join(sorted({{name.partition('.')[0] for name in sys.modules}})))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split("\n")[-2].split())


def test_ten_names_are_the_whole_interface() -> None:
    assert set(gesture.__all__) == NAMES


@pytest.mark.parametrize("name", sorted(NAMES - {"train_model"}))
def test_each_name_is_there_and_says_what_it_is(name: str) -> None:
    assert getattr(gesture, name).__doc__


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = gesture.no_such_name


HEAVY = {"tensorflow", "keras", "cv2", "mediapipe", "matplotlib", "pyarrow"}


def test_importing_gesture_loads_nothing_heavy() -> None:
    assert not loaded_after("import gesture") & (HEAVY | {"numpy"})


def test_help_loads_nothing_heavy() -> None:
    code = "from gesture.cli import main\nmain(['--help']); main(['live', '-h']); main(['train', '-h'])"
    assert not loaded_after(code) & (HEAVY | {"numpy"})


def test_the_live_path_never_loads_tensorflow() -> None:
    loaded = loaded_after(
        "import gesture.live, gesture.demo, gesture.recognizer, gesture.evaluation.onsets, gesture.record"
    )
    assert not loaded & {"tensorflow", "keras", "matplotlib", "mediapipe"}
