"""Frames to hands with the real hand models: whose hand it is, and good manners of the engine."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gesture.errors import ModelError
from gesture.landmarks import Landmarker, mediapipe_engine
from gesture.landmarks.hand_models import load_hand_models
from gesture.types import Frame, HandFrame

ROOT = Path(__file__).parent.parent
LEFT, RIGHT = 0, 1
DATA = Path(os.environ.get("GESTURE_DATA", "/nowhere"))
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="GESTURE_DATA names no folder of recordings")


@pytest.fixture(autouse=True)
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user who has read what MediaPipe sends."""
    folder = tmp_path / "cache"
    folder.mkdir()
    (folder / "mediapipe_notice_shown").touch()
    monkeypatch.setattr(mediapipe_engine, "cache_directory", lambda: folder)
    return folder


def video(name: str) -> Iterator[Frame]:
    import cv2

    capture = cv2.VideoCapture(str(DATA / name))
    rate_hz = capture.get(cv2.CAP_PROP_FPS)
    index = 0
    while (read := capture.read())[0]:
        yield Frame(cv2.cvtColor(read[1], cv2.COLOR_BGR2RGB), index / rate_hz)
        index += 1
    capture.release()


both_engines = pytest.mark.parametrize("engine", ["litert", "mediapipe"])


def hands_in(frames: Iterator[Frame], **options: Any) -> list[HandFrame]:
    with Landmarker(**options) as landmarker:
        return [landmarker.detect(frame) for frame in frames]


def blank(time_s: float) -> Frame:
    return Frame(np.full((120, 160, 3), 128, np.uint8), time_s)


def test_the_hand_models_are_the_published_ones():
    """Fetched on a machine that has none yet; the sizes are those of the official bundle, version 1."""
    models = load_hand_models()
    assert (len(models.palm_detector), len(models.hand_landmarks)) == (2_339_846, 5_478_917)


@needs_data
@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "num_frames", "num_found"),
    [("mediapipe_hand_landmarker_test", 202, 202), ("mediapipe_gesture_recognizer_test", 195, 171)],
)
@both_engines
def test_a_right_hand_is_the_right_hand_in_every_frame(engine, name, num_frames, num_found):
    """Both clips show one right hand, unmirrored; it enters the second one after a second."""
    frames = hands_in(video(f"misc_videos/{name}.mp4"), engine=engine)
    assert len(frames) == num_frames
    assert sum(frame.seen[RIGHT] for frame in frames) >= 0.98 * num_found
    assert not any(frame.seen[LEFT] for frame in frames)
    assert np.mean([frame.scores[RIGHT] > 0.5 for frame in frames if frame.seen[RIGHT]]) >= 0.99


@needs_data
@both_engines
def test_landmarks_lie_on_the_hand_and_world_landmarks_are_a_hands_size(engine):
    (frame,) = hands_in(islice(video("misc_videos/mediapipe_hand_landmarker_test.mp4"), 1), engine=engine)
    points, world_m = frame.landmarks[RIGHT], frame.world_landmarks[RIGHT]
    assert frame.image_size == (640, 360)
    assert np.all((points[:, :2] > 0) & (points[:, :2] < 1))
    assert np.linalg.norm(world_m[0] - world_m[9]) == pytest.approx(0.09, abs=0.03)
    assert np.abs(world_m.mean(axis=0)).max() < 0.05
    assert np.isnan(frame.presence[RIGHT]) == (engine == "mediapipe")


@needs_data
@pytest.mark.slow
def test_a_clip_whose_labels_flip_fourteen_times_stays_in_one_slot():
    frames = hands_in(video("egocentric_videos/star_10.mp4"), engine="mediapipe")
    contradicted = [frame.scores[RIGHT] < 0.5 for frame in frames]
    assert sum(a != b for a, b in pairwise(contradicted)) >= 8
    assert all(frame.seen.tolist() == [False, True] for frame in frames)


@pytest.mark.slow
@pytest.mark.parametrize("hand", ["left", "right"])
@both_engines
def test_a_virtual_hand_is_found_in_its_own_slot(engine, hand):
    from gesture.virtual import VirtualCamera, make_scene

    scene = make_scene(["wave"], seed=3, hands=(hand,))
    with VirtualCamera(scene, rate_hz=15) as camera:
        found = np.array([frame.seen for frame in hands_in(iter(camera), engine=engine)])
        shown = np.array([camera.truth(i / 15).seen for i in range(len(found))])
    slot = ["left", "right"].index(hand)
    assert found[:, slot].sum() >= 0.8 * shown[:, slot].sum()
    assert found[:, slot].sum() >= 0.85 * found.sum()  # the first label of a hand may be wrong


@pytest.mark.slow
@both_engines
def test_virtual_hands_that_cross_keep_their_slots(engine):
    from gesture.virtual import VirtualCamera, make_crossing_scene

    with VirtualCamera(make_crossing_scene(seed=0, person=0), rate_hz=20) as camera:
        pairs = [
            (frame, camera.truth(frame.time_s)) for frame in hands_in(islice(camera, 200), engine=engine)
        ]
    both = [(frame, truth) for frame, truth in pairs if frame.seen.all() and truth.seen.all()]
    errors, errors_if_swapped = (
        np.array(
            [np.nanmean(np.abs(frame.landmarks[slots] - truth.landmarks)[..., :2]) for frame, truth in both]
        )
        for slots in ([LEFT, RIGHT], [RIGHT, LEFT])
    )
    assert len(both) > 80
    assert np.mean(errors_if_swapped < errors) < 0.05


@both_engines
def test_frames_within_one_millisecond_are_all_answered(engine):
    with Landmarker(engine=engine) as landmarker:
        times_s = [0.0, 0.0001, 0.0002, 0.0004, 0.5, 0.5001]
        assert [landmarker.detect(blank(t)).time_s for t in times_s] == times_s


@both_engines
def test_a_frame_that_is_not_later_is_refused(engine):
    with Landmarker(engine=engine) as landmarker:
        landmarker.detect(blank(1.0))
        with pytest.raises(ValueError, match=r"1\.0 s after 1\.0 s"):
            landmarker.detect(blank(1.0))


@needs_data
@both_engines
def test_a_mirrored_view_of_an_image_is_seen_as_its_copy_would_be(engine):
    """MediaPipe itself reads an array's memory in order, whatever its strides say."""
    (frame,) = islice(video("misc_videos/mediapipe_hand_landmarker_test.mp4"), 1)
    view = frame.image[:, ::-1]
    (seen,), (expected,) = (
        hands_in(iter([Frame(image, 0.0)]), engine=engine) for image in (view, view.copy())
    )
    assert expected.seen.any()
    np.testing.assert_array_equal(seen.landmarks, expected.landmarks)


@both_engines
def test_the_engine_is_named_with_its_version(engine):
    with Landmarker(engine=engine) as landmarker:
        name, version = landmarker.engine.split()
    assert name == engine
    assert version[0].isdigit()


@both_engines
def test_a_closed_landmarker_can_be_closed_again_but_not_used(engine):
    with Landmarker(engine=engine) as landmarker:
        landmarker.detect(blank(0.0))
    landmarker.close()
    with pytest.raises(ValueError, match="closed"):
        landmarker.detect(blank(1.0))


@pytest.mark.parametrize("options", [{"num_hands": 0}, {"num_hands": 3}, {"engine": "magic"}])
def test_options_that_do_not_exist_are_refused(options):
    with pytest.raises(ValueError, match="Expected"):
        Landmarker(**options)


def test_a_missing_system_library_is_named_with_its_remedy(monkeypatch):
    def without_egl(*_: object) -> None:
        raise OSError("libEGL.so.1: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(mediapipe_engine, "_open", without_egl)
    with pytest.raises(ModelError, match=r"libEGL\.so\.1.*apt install .*libegl1"):
        Landmarker(engine="mediapipe")


def test_native_chatter_is_kept_off_the_screen_and_real_errors_are_not(monkeypatch, capfd):
    def chatting(bundle: Path, num_hands: int) -> object:
        os.write(2, b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n")
        os.write(2, b"W0000 00:00:1795199243.779127   11841 manager.cc:121] Nobody minds.\n")
        os.write(2, b"E0000 00:00:1795199243.779127   11841 graph.cc:12] Something broke.\n")
        return opened(bundle, num_hands)

    opened = mediapipe_engine._open
    monkeypatch.setattr(mediapipe_engine, "_open", chatting)
    with Landmarker(engine="mediapipe") as landmarker:
        landmarker.detect(blank(0.0))
    assert capfd.readouterr().err.split("] ")[1:] == ["Something broke.\n"]


def test_what_mediapipe_sends_is_said_once_per_user(told, caplog):
    (told / "mediapipe_notice_shown").unlink()
    for _ in range(2):
        Landmarker(engine="mediapipe").close()
    assert [(record.name, record.levelno) for record in caplog.records] == [
        ("gesture.landmarks", logging.WARNING)
    ]
    assert "sends" in caplog.text or "reports" in caplog.text
    assert "Google" in caplog.text


OPEN = """
import sys, pathlib
from gesture.landmarks import Landmarker, mediapipe_engine
from gesture.types import Frame
import numpy as np
mediapipe_engine.cache_directory = lambda: pathlib.Path(sys.argv[1])
landmarker = Landmarker(engine="mediapipe")
landmarker.detect(Frame(np.zeros((120, 160, 3), np.uint8), 0.0))
"""


def run(script: str, *arguments: object, path: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """In a process of its own, as a user's script runs."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(path), str(ROOT)])}
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("ending", "last_line"),
    [
        ("", ""),
        ("keep = [landmarker]; keep.append(keep)", ""),
        ("import os, signal; os.kill(os.getpid(), signal.SIGINT)", "KeyboardInterrupt"),
        ("raise SystemExit(0)", ""),
    ],
)
def test_a_landmarker_left_open_ends_without_a_word(told, ending, last_line):
    done = run(OPEN + ending, told)
    assert "__del__" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert done.stderr.strip().splitlines()[-1:] == ([last_line] if last_line else [])


def test_opening_does_not_import_tensorflow_and_a_later_import_works(told, tmp_path):
    """A stand-in for TensorFlow that says when it is imported: the real one takes seconds."""
    stand_in = tmp_path / "tensorflow"
    stand_in.mkdir()
    (stand_in / "__init__.py").write_text("print('imported')")
    done = run(OPEN + "print('opened')\nimport tensorflow", told, path=tmp_path)
    assert done.stdout.split() == ["opened", "imported"]


@pytest.mark.parametrize(("hand", "slot"), [("right", RIGHT), ("left", LEFT)])
def test_a_flipped_image_still_names_the_persons_own_hand(hand, slot):
    from gesture.virtual import VirtualCamera, make_scene

    camera = VirtualCamera(make_scene(["wave"], seed=2, hands=(hand,)), rate_hz=10)
    flipped = (Frame(frame.image[:, ::-1].copy(), frame.time_s) for frame in islice(camera, 30))
    found = hands_in(flipped, mirrored=True)
    seen = np.array([frame.seen for frame in found])
    assert seen[:, slot].sum() >= 14
    assert not seen[-14:, 1 - slot].any()  # while it enters, half a hand may be anyone's
