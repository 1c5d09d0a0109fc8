from __future__ import annotations

import csv
import gc
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from fake_camera import FakeFile, FakeWebcam, MjpegServer, file_server
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gesture.camera import Camera, CameraInfo, list_cameras
from gesture.errors import CameraError
from gesture.types import Frame
from gesture.virtual import VirtualCamera, make_empty_scene, make_scene

ORANGE = (255, 160, 0)
SIZE = (160, 120)


def moving_bar(index: int) -> NDArray[np.uint8]:
    image = np.full((SIZE[1], SIZE[0], 3), 30, np.uint8)
    image[:, index % 15 * 10 : index % 15 * 10 + 10] = ORANGE
    return image


def write_video(path: Path, code: str = "MJPG", num_frames: int = 50, rate_hz: float = 25.0) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*code), rate_hz, SIZE)
    assert writer.isOpened()
    for index in range(num_frames):
        writer.write(cv2.cvtColor(moving_bar(index), cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def write_gif(path: Path, durations_ms: list[int]) -> Path:
    animation = cv2.Animation()
    animation.frames = [cv2.cvtColor(moving_bar(i), cv2.COLOR_RGB2BGRA) for i in range(len(durations_ms))]
    animation.durations = durations_ms
    assert cv2.imwriteanimation(str(path), animation)
    return path


def write_images(folder: Path, *names: str, size: tuple[int, int] = (64, 48)) -> Path:
    folder.mkdir(exist_ok=True)
    for level, name in enumerate(names):
        image = np.full((size[1], size[0], 3), (0, 0, 40 * level), np.uint8)  # OpenCV writes BGR
        (folder / name).write_bytes(cv2.imencode(Path(name).suffix, image)[1].tobytes())
    return folder


def cut(path: Path, share: float = 0.6) -> Path:
    """The first part of a file, as a full disk or a broken copy leaves it."""
    data = path.read_bytes()
    short = path.with_name(f"cut_{path.name}")
    short.write_bytes(data[: int(len(data) * share)])
    return short


def times_of(source: Any, **settings: Any) -> list[float]:
    with Camera(source, **settings) as camera:
        return [frame.time_s for frame in camera]


# Files


@pytest.mark.parametrize(
    ("name", "code"), [("a.mp4", "mp4v"), ("a.mkv", "MJPG"), ("a.avi", "MJPG"), ("a.webm", "VP80")]
)
def test_every_frame_of_a_video_comes_with_the_files_own_time(tmp_path: Path, name: str, code: str) -> None:
    with Camera(write_video(tmp_path / name, code)) as camera:
        frames = list(camera)
        assert not camera.is_live
        assert camera.image_size == SIZE
        assert camera.delivered_rate_hz == pytest.approx(25, rel=0.01)
        assert (camera.requested_rate_hz, camera.num_dropped) == (None, 0)
    assert [frame.time_s for frame in frames] == pytest.approx(np.arange(50) / 25, abs=0.001)
    for index in (0, 7, 49):
        assert frames[index].image.dtype == np.uint8
        assert frames[index].image[60, index % 15 * 10 + 5] == pytest.approx(ORANGE, abs=25)


def test_a_gif_keeps_its_uneven_times(tmp_path: Path) -> None:
    path = write_gif(tmp_path / "a.gif", [40, 80, 120] * 4)
    expected_s = np.cumsum([0, 0.04, 0.08, 0.12] + [0.04, 0.08, 0.12] * 3)[:12]
    assert times_of(path) == pytest.approx(expected_s, abs=0.001)


def test_a_gif_without_delays_still_moves_in_time(tmp_path: Path) -> None:
    times_s = times_of(write_gif(tmp_path / "a.gif", [0] * 12))
    assert len(times_s) == 12
    assert min(np.diff(times_s)) > 0.01


@given(media=st.lists(st.floats(), min_size=1, max_size=30), rate_hz=st.floats())
def test_whatever_times_a_file_states_frame_times_increase_strictly(
    media: list[float], rate_hz: float
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cv2, "VideoCapture", FakeFile(media, rate_hz))
        times_s = times_of(__file__)
    assert len(times_s) == len(media)
    assert times_s[0] == 0
    assert np.all(np.isfinite(times_s))
    assert np.all(np.diff(times_s) > 0)


@pytest.mark.parametrize(
    ("media", "stated_hz", "expected"),
    [
        ([5.0, 5.04, 5.08], 25, [0, 0.04, 0.08]),
        ([0.0, 0.0, 0.0], 25, [0, 0.04, 0.08]),
        ([0.0, 0.04, 0.0, 0.04, 0.16], 25, [0, 0.04, 0.08, 0.12, 0.16]),
        ([0.0, 0.0, 0.0], 0, [0, 1 / 30, 2 / 30]),
        ([0.0, 0.0, 0.0], float("nan"), [0, 1 / 30, 2 / 30]),
        ([0.0, 0.0, 0.0], 90000, [0, 1 / 30, 2 / 30]),
        ([0.0, 3.0, 3.1], 25, [0, 3.0, 3.1]),
        ([0.0, 1e9, 0.08], 25, [0, 0.04, 0.08]),
    ],
)
def test_where_a_files_times_stand_still_its_rate_goes_on(
    monkeypatch: pytest.MonkeyPatch, media: list[float], stated_hz: float, expected: list[float]
) -> None:
    monkeypatch.setattr(cv2, "VideoCapture", FakeFile(media, stated_hz))
    assert times_of(__file__) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("name", "code"), [("a.mkv", "MJPG"), ("a.avi", "MJPG"), ("a.webm", "VP80")])
def test_a_video_that_was_cut_off_gives_what_it_has_and_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, code: str
) -> None:
    times_s = times_of(cut(write_video(tmp_path / name, code)))
    assert 20 <= len(times_s) <= 35
    [record] = caplog.records
    assert (record.name, record.levelno) == ("gesture.camera", logging.WARNING)
    assert f"ends after {len(times_s) / 25:.2f} s of the 2.00 s" in record.message


def test_damaged_images_inside_a_video_are_stepped_over(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = write_video(tmp_path / "a.mkv")
    data = bytearray(path.read_bytes())
    for position in np.random.default_rng(0).integers(2000, len(data) - 10, 40):
        data[position] ^= 255
    path.write_bytes(data)
    times_s = times_of(path)
    assert len(times_s) >= 35
    assert times_s[-1] == pytest.approx(49 / 25, abs=0.001)
    assert "is damaged" in caplog.text


def test_a_whole_video_gives_no_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    times_of(write_video(tmp_path / "a.mkv"))
    times_of(write_gif(tmp_path / "a.gif", [40] * 5))
    assert not caplog.records


@pytest.mark.parametrize("name", ["100%d é 한글.mkv", "a:b.mkv", "0", "virtual", "new\nline.mkv"])
def test_any_file_name_is_a_file_when_it_is_a_path(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(write_video(tmp_path / "plain.mkv", num_frames=5).read_bytes())
    assert len(times_of(tmp_path / name)) == 5


def test_a_name_that_looks_like_an_address_is_still_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_video(Path("plain.mkv"), num_frames=5).rename("http:a.mkv")
    assert len(times_of("http:a.mkv")) == 5


def _text(path: Path) -> Path:
    path.write_text("This is no video.\n" * 200)
    return path


def _noise(path: Path) -> Path:
    path.write_bytes(np.random.default_rng(0).bytes(100_000))
    return path


def _empty(path: Path) -> Path:
    path.write_bytes(b"")
    return path


def _no_images(path: Path) -> Path:
    path.mkdir()
    return _text(path / "notes.txt").parent


def _broken_image(path: Path) -> Path:
    path.mkdir()
    _noise(path / "a.png")
    return path


@pytest.mark.parametrize(
    ("make", "name", "complaint"),
    [
        (lambda path: path, "missing.mp4", "not found"),
        (_text, "text.mp4", "not a video"),
        (_text, "text.txt", "not a video"),
        (_noise, "noise.mkv", "not a video"),
        (_empty, "empty.mp4", "not a video"),
        (lambda path: cut(write_video(path, "mp4v")), "whole.mp4", "cut off"),
        (_no_images, "folder", "no image"),
        (_broken_image, "images", "no image"),
        (lambda _: Path("/dev/null"), "device", "not a file"),
    ],
)
def test_what_is_no_video_is_one_clear_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], make: Callable[[Path], Path], name: str, complaint: str
) -> None:
    path = make(tmp_path / name)
    with pytest.raises(CameraError, match=complaint) as caught:
        Camera(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "Expected" in message
    assert "\n" not in message
    assert capfd.readouterr().err == ""


def test_an_odd_source_is_told_what_there_is() -> None:
    with pytest.raises(CameraError, match="webcam's index, a video file, a folder of images, an address"):
        Camera("webcam")


# Folders


def test_a_folder_gives_its_images_in_natural_order_at_30_hz(tmp_path: Path) -> None:
    folder = write_images(tmp_path / "frames", "f1.png", "f2.png", "f10.png", "f11.jpg")
    (folder / "notes.txt").write_text("not an image")
    with Camera(str(folder)) as camera:
        frames = list(camera)
        assert (camera.image_size, camera.is_live) == ((64, 48), False)
    assert [frame.time_s for frame in frames] == pytest.approx(np.arange(4) / 30)
    colors = [frame.image[0, 0] for frame in frames]
    assert np.array(colors) == pytest.approx(
        np.array([(0, 0, 0), (40, 0, 0), (80, 0, 0), (120, 0, 0)]), abs=2
    )


def test_a_folder_takes_the_rate_stated_for_it(tmp_path: Path) -> None:
    assert times_of(write_images(tmp_path / "f", "a.png", "é 한.png"), rate_hz=10) == pytest.approx([0, 0.1])


def test_an_image_that_cannot_be_read_leaves_a_gap_and_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = write_images(tmp_path / "frames", "1.png", "2.png", "3.png", "4.png")
    (folder / "2.png").write_bytes((folder / "2.png").read_bytes()[:30])
    (folder / "3.png").write_bytes(b"")
    assert times_of(folder) == pytest.approx([0, 3 / 30])
    assert "2.png" in caplog.text
    assert "3.png" in caplog.text
    assert capfd.readouterr().err == ""


def test_images_of_two_sizes_in_a_folder_are_refused_at_the_second(tmp_path: Path) -> None:
    folder = write_images(tmp_path / "frames", "1.png")
    write_images(folder, "2.png", size=(32, 48))
    frames = iter(Camera(folder))
    next(frames)
    with pytest.raises(CameraError, match="32x48 pixels, the first image 64x48"):
        next(frames)


# Webcams


@pytest.fixture
def webcam(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeWebcam]:
    fake = FakeWebcam()
    monkeypatch.setattr(cv2, "VideoCapture", fake)
    monkeypatch.setattr("gesture.camera.sources.perf_counter", fake.clock)
    monkeypatch.setattr("gesture.camera.reading._CLOSE_S", 0.1)
    yield fake
    fake.end.set()
    for thread in threading.enumerate():
        if thread.name.startswith("camera "):
            thread.join(5)


def level(frame: Frame) -> int:
    return int(frame.image[0, 0, 0])


def test_a_slow_consumer_gets_the_newest_frame_and_the_rest_is_counted(webcam: FakeWebcam) -> None:
    webcam.show(1)
    with Camera(0) as camera:
        frames = iter(camera)
        assert level(next(frames)) == 1
        webcam.show(2, 3, 4, 5)
        webcam.wait_until_grabbed()
        newest = next(frames)
        assert level(newest) == 5
        assert newest.time_s == pytest.approx(4 / 30)
        assert camera.num_dropped == 3
        webcam.show(6)
        assert level(next(frames)) == 6
        assert camera.num_dropped == 3


def test_what_came_before_the_first_look_is_not_counted_as_dropped(webcam: FakeWebcam) -> None:
    webcam.show(1, 2, 3)
    with Camera("0") as camera:
        webcam.wait_until_grabbed()
        assert level(next(iter(camera))) == 3
        assert camera.num_dropped == 0


def test_live_times_are_those_of_the_grab_and_increase(webcam: FakeWebcam) -> None:
    webcam.show(1)
    times_s = []
    with Camera(0) as camera:
        for count, frame in enumerate(camera):
            times_s.append(frame.time_s)
            if count == 20:
                break
            webcam.show(*[count] * (1 + count % 3))
            webcam.wait_until_grabbed()
            webcam.now_s += 0.005  # what passes until the frame is taken is not the frame's
    steps = np.diff(times_s)
    assert times_s[0] == 0
    assert np.all(steps > 0)
    assert steps == pytest.approx([(1 + count % 3) / 30 + 0.005 * (count > 0) for count in range(20)])


def test_memory_stays_bounded_while_nobody_reads(webcam: FakeWebcam) -> None:
    def num_frames() -> int:
        gc.collect()
        return sum(isinstance(thing, Frame) for thing in gc.get_objects())

    num_before = num_frames()
    webcam.show(*range(200))
    with Camera(0):
        webcam.wait_until_grabbed()
        assert num_frames() - num_before <= 3


def test_an_unplugged_webcam_gives_its_last_frames_then_an_error(webcam: FakeWebcam) -> None:
    webcam.show(1)
    with Camera(0) as camera:
        frames = iter(camera)
        assert level(next(frames)) == 1
        webcam.show(2)
        webcam.wait_until_grabbed()
        webcam.show("unplugged")
        assert level(next(frames)) == 2
        with pytest.raises(
            CameraError, match=r"camera 0: stopped after 0\.0 s: unplugged.*Expected.*Connect it again"
        ):
            next(frames)
    assert webcam.is_released


def test_a_single_damaged_image_does_not_end_a_webcam(webcam: FakeWebcam) -> None:
    webcam.show(1, "damaged", "damaged", 2)
    with Camera(0) as camera:
        webcam.wait_until_grabbed()
        frame = next(iter(camera))
        assert (level(frame), frame.time_s) == (2, pytest.approx(3 / 30))


def test_a_webcam_that_hangs_midway_ends_in_an_error_in_time(webcam: FakeWebcam) -> None:
    webcam.show(1)
    with Camera(0, timeout_s=0.2) as camera:
        frames = iter(camera)
        next(frames)
        webcam.show("hangs")
        began_s = time.monotonic()
        with pytest.raises(CameraError, match=r"camera 0: no image for 0\.2 s.*Plug it in again"):
            next(frames)
        assert 0.15 < time.monotonic() - began_s < 2


def test_a_webcam_that_hangs_when_opened_ends_in_an_error_in_time(webcam: FakeWebcam) -> None:
    webcam.show("hangs")
    began_s = time.monotonic()
    with pytest.raises(CameraError, match=r"no image for 0\.1 s"):
        Camera(0, timeout_s=0.1)
    assert time.monotonic() - began_s < 2.5


def test_a_webcam_that_opens_but_gives_nothing_is_an_error(webcam: FakeWebcam) -> None:
    webcam.show("unplugged")
    with pytest.raises(CameraError, match="camera 0: opened, but gives no image"):
        Camera(0)
    assert webcam.is_released


def test_whatever_fails_in_the_grabbing_thread_reaches_the_caller(
    webcam: FakeWebcam, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise MemoryError("no room for the image")

    monkeypatch.setattr(webcam, "retrieve", fail)
    webcam.show(1)
    with pytest.raises(MemoryError, match="no room"):
        Camera(0)
    assert webcam.is_released


def test_closing_ends_the_thread_and_lets_the_webcam_go(webcam: FakeWebcam) -> None:
    webcam.show(1)
    with Camera(0) as camera:
        frames = iter(camera)
        next(frames)
        assert any(thread.name == "camera 0" for thread in threading.enumerate())
        webcam.show(*range(20))
    assert webcam.is_released
    assert not any(thread.name == "camera 0" for thread in threading.enumerate())
    assert list(frames) == []
    camera.close()


def test_a_webcam_slowed_by_dim_light_is_told_of_once_with_the_remedy(
    webcam: FakeWebcam, caplog: pytest.LogCaptureFixture
) -> None:
    webcam.show(1)
    with Camera(0, rate_hz=60) as camera:
        frames = iter(camera)
        for _ in range(3):
            next(frames)
            assert not caplog.records or camera.delivered_rate_hz
            webcam.show(*range(100))
            webcam.wait_until_grabbed()
        next(frames)
        assert camera.requested_rate_hz == 60
        assert camera.delivered_rate_hz == pytest.approx(30, rel=0.02)
    [record] = caplog.records
    assert (record.name, record.levelno) == ("gesture.camera", logging.WARNING)
    assert "camera 0: delivers 30 images a second of the 60 asked for" in record.message
    assert "More light" in record.message
    assert "exposure" in record.message


@pytest.mark.parametrize(("rate_hz", "num_images"), [(30, 300), (35, 300), (60, 60)])
def test_a_webcam_near_its_rate_or_just_begun_is_left_in_peace(
    webcam: FakeWebcam, caplog: pytest.LogCaptureFixture, rate_hz: float, num_images: int
) -> None:
    webcam.show(1)
    with Camera(0, rate_hz=rate_hz) as camera:
        frames = iter(camera)
        next(frames)
        webcam.show(*[9] * num_images)
        webcam.wait_until_grabbed()
        next(frames)
    assert not caplog.records


def test_frames_missed_before_the_first_look_do_not_pass_for_dim_light(
    webcam: FakeWebcam, caplog: pytest.LogCaptureFixture
) -> None:
    webcam.show(1)
    with Camera(0) as camera:
        for _ in range(10):  # models load, this process has no time for its camera
            webcam.now_s += 1
            webcam.show(2)
            webcam.wait_until_grabbed()
        frames = iter(camera)
        next(frames)
        webcam.show(*[9] * 30)
        webcam.wait_until_grabbed()
        next(frames)
    assert not caplog.records


@pytest.mark.parametrize(
    ("rate_hz", "image_size", "is_compressed"),
    [(None, None, False), (30, (640, 480), False), (60, (640, 480), True), (30, (1280, 720), True)],
)
def test_a_webcam_is_asked_for_what_its_cable_can_carry(
    webcam: FakeWebcam, rate_hz: float | None, image_size: tuple[int, int] | None, is_compressed: bool
) -> None:
    webcam.show(1)
    Camera(0, rate_hz=rate_hz, image_size=image_size).close()
    assert (cv2.CAP_PROP_FOURCC in webcam.asked) == is_compressed
    assert webcam.asked[cv2.CAP_PROP_FPS] == (rate_hz or 30)
    assert webcam.asked[cv2.CAP_PROP_BUFFERSIZE] == 2
    asked_size = tuple(
        webcam.asked.get(side) for side in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT)
    )
    assert asked_size == (image_size or (None, None))


@pytest.mark.parametrize(
    ("platform", "backends"),
    [("linux", [cv2.CAP_V4L2]), ("darwin", [cv2.CAP_AVFOUNDATION]), ("win32", [cv2.CAP_DSHOW, cv2.CAP_MSMF])],
)
def test_each_system_opens_webcams_its_own_way(
    webcam: FakeWebcam, monkeypatch: pytest.MonkeyPatch, platform: str, backends: list[int]
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    webcam.opens = False
    with pytest.raises(CameraError):
        Camera(3)
    assert webcam.opened_with == [(3, backend) for backend in backends]


def test_macos_may_ask_for_permission_because_the_caller_opens_the_webcam(
    webcam: FakeWebcam, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    webcam.show(1)
    Camera(0).close()
    assert webcam.opened_in == threading.get_ident()


@pytest.fixture
def devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A /dev and a /sys/class/video4linux of our own, empty."""
    folder, facts = tmp_path / "dev", tmp_path / "facts"
    folder.mkdir()
    facts.mkdir()
    monkeypatch.setattr("gesture.camera.webcams._DEVICES", folder)
    monkeypatch.setattr("gesture.camera.webcams._DEVICE_FACTS", facts)
    monkeypatch.setattr(sys, "platform", "linux")
    return folder


@pytest.mark.parametrize(
    ("platform", "present", "is_allowed", "complaint"),
    [
        ("linux", [], True, "camera 1: not found. No camera is connected. Plug it in"),
        ("linux", ["video0", "video10", "video2"], True, "camera 1: not found. Expected one of: 0, 2, 10."),
        ("linux", ["video1"], True, "camera 1: busy.* does not open. Close other programs.*fuser"),
        ("linux", ["video1"], False, "camera 1: refused: .*Expected.*sudo usermod -aG video"),
        ("darwin", [], True, "camera 1: cannot be opened.*System Settings > Privacy & Security > Camera"),
        ("win32", [], True, "camera 1: cannot be opened.*Let desktop apps access your camera"),
    ],
)
def test_a_webcam_that_does_not_open_is_told_why_and_what_to_try(
    webcam: FakeWebcam,
    devices: Path,
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    present: list[str],
    is_allowed: bool,
    complaint: str,
) -> None:
    webcam.opens = False
    for name in present:
        (devices / name).touch()
    monkeypatch.setattr(os, "access", lambda *_: is_allowed)
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(CameraError, match=complaint) as caught:
        Camera(1)
    assert "\n" not in str(caught.value)


def test_a_missing_webcam_is_one_clear_line_and_opencv_keeps_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CameraError, match="camera 42"):
        Camera(42)
    assert capfd.readouterr().err == ""


def test_a_device_is_a_webcam(webcam: FakeWebcam) -> None:
    webcam.show(1)
    with Camera("/dev/video7") as camera:
        assert camera.name == "camera 7"
    assert webcam.opened_with[0][0] == 7


def test_cameras_are_listed_with_what_is_wrong_with_them(
    webcam: FakeWebcam, devices: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = devices.parent / "facts"
    nodes = {"video0": ("Desk camera", "0"), "video1": ("Desk camera", "1"), "video2": ("Busy camera", "0")}
    for node, (name, place) in nodes.items():
        (devices / node).touch()
        (facts / node).mkdir()
        (facts / node / "name").write_text(name + "\n")
        (facts / node / "index").write_text(place + "\n")

    def open_first(index: int, *_: int) -> FakeWebcam:
        webcam.opens = index == 0
        return webcam

    monkeypatch.setattr(cv2, "VideoCapture", open_first)
    first, busy = list_cameras()
    assert first == CameraInfo(0, "Desk camera", (640, 480), 30.0)
    assert (busy.index, busy.name, busy.image_size) == (2, "Busy camera", (0, 0))
    assert "busy" in busy.problem


@pytest.mark.usefixtures("devices")
@pytest.mark.parametrize(("platform", "indices"), [("win32", [0, 2]), ("linux", [])])
def test_cameras_are_tried_one_by_one_where_the_system_has_no_list(
    webcam: FakeWebcam, monkeypatch: pytest.MonkeyPatch, platform: str, indices: list[int]
) -> None:
    def open_even(index: int, *_: int) -> FakeWebcam:
        webcam.opens = index in (0, 2, 9)
        return webcam

    monkeypatch.setattr(cv2, "VideoCapture", open_even)
    monkeypatch.setattr(sys, "platform", platform)
    assert [camera.index for camera in list_cameras()] == indices


# Streams


def test_a_stream_is_live_and_its_death_an_error_after_the_last_frame() -> None:
    scene = make_scene(["wave"])
    images = [frame.image for frame in islice(VirtualCamera(scene, image_size=SIZE, noise=0), 20, 40)]
    with MjpegServer(images, rate_hz=60).serving() as server, Camera(server.url, timeout_s=3) as camera:
        assert (camera.is_live, camera.image_size, camera.requested_rate_hz) == (True, SIZE, None)
        frames = iter(camera)
        seen = [next(frames) for _ in range(40)]
        server.die.set()
        with pytest.raises(CameraError, match=rf"{server.url}: stopped after .* s: .*Expected.*Connect it"):
            seen.extend(frames)
    times_s = [frame.time_s for frame in seen]
    assert np.all(np.diff(times_s) > 0)
    assert times_s[39] == pytest.approx((39 + camera.num_dropped) / 60, abs=0.2)
    for frame in seen:
        assert min(np.abs(frame.image.astype(int) - image).mean() for image in images) < 5


def test_a_stream_that_goes_silent_ends_in_an_error_in_time() -> None:
    with (
        MjpegServer([moving_bar(0)], rate_hz=60).serving() as server,
        Camera(server.url, timeout_s=0.5) as camera,
    ):
        frames = iter(camera)
        next(frames)
        server.stall.set()
        began_s = time.monotonic()
        with pytest.raises(CameraError, match=r"no image for 0\.5 s|stopped after"):
            list(frames)
        assert time.monotonic() - began_s < 3


def test_a_slow_reader_of_a_stream_still_sees_the_newest_image() -> None:
    # The image's grey says when it was sent: one level per image.
    images = [np.full((48, 64, 3), 2 * index, np.uint8) for index in range(120)]
    with MjpegServer(images, rate_hz=60).serving() as server, Camera(server.url) as camera:
        frames = iter(camera)
        first, began_s = next(frames), time.monotonic()
        time.sleep(1)
        late = next(frames)
        sent_s = (int(late.image[0, 0, 0]) - int(first.image[0, 0, 0])) / 2 / 60
        assert sent_s == pytest.approx(time.monotonic() - began_s, abs=0.15)
        assert late.time_s - first.time_s == pytest.approx(sent_s, abs=0.15)
        assert camera.num_dropped >= 40


def test_a_video_file_on_a_server_is_read_in_full(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mkv")
    with file_server(tmp_path) as url, Camera(f"{url}/a.mkv") as camera:
        assert not camera.is_live
        assert [frame.time_s for frame in camera] == pytest.approx(np.arange(50) / 25, abs=0.001)


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/x", "rtsp://eve:secret@127.0.0.1:1/x", "bogus://x"])
def test_an_address_where_nothing_is_names_itself_without_its_password(
    address: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(CameraError, match=r"no video there\. Expected.*Check address") as caught:
        Camera(address, timeout_s=1)
    assert "secret" not in str(caught.value)
    assert capfd.readouterr().err == ""


# The virtual hand


def test_the_virtual_hand_is_a_live_camera() -> None:
    with Camera("virtual", image_size=(320, 240), rate_hz=20) as camera:
        assert (camera.is_live, camera.image_size, camera.requested_rate_hz) == (True, (320, 240), 20)
        began_s = time.monotonic()
        times_s = [frame.time_s for frame, _ in zip(camera, range(10), strict=False)]
    assert times_s[-1] - times_s[0] == pytest.approx(time.monotonic() - began_s, abs=0.2)
    assert np.all(np.diff(times_s) > 0)


@pytest.mark.parametrize("paced", [False, True])
def test_a_virtual_camera_is_read_in_full_unless_it_keeps_a_cameras_pace(paced: bool) -> None:
    virtual = VirtualCamera(make_empty_scene(0.5), image_size=SIZE, rate_hz=60, paced=paced)
    with Camera(virtual) as camera:
        assert (camera.name, camera.is_live, camera.image_size) == ("virtual", paced, SIZE)
        time.sleep(0.2)
        times_s = [frame.time_s for frame in camera]
    assert times_s[-1] == pytest.approx(29 / 60)
    assert (len(times_s) < 30) == paced


# Real clips


def _clips() -> list[Any]:
    data = os.environ.get("GESTURE_DATA")
    if not data:
        return [pytest.param(None, None, None, marks=pytest.mark.skip("GESTURE_DATA is unset"))]
    clips = []
    for folder in ("egocentric_videos", "misc_videos"):
        with open(Path(data, folder, "clips.csv"), newline="") as table:
            for row in csv.DictReader(table):
                path = Path(data, folder, row["file"])
                clips.append(pytest.param(path, int(row["frames"]), float(row["fps"]), id=row["file"]))
    return clips


@pytest.mark.parametrize(("path", "num_frames", "rate_hz"), _clips())
def test_real_clips_come_in_full_at_their_times(
    path: Path, num_frames: int, rate_hz: float, caplog: pytest.LogCaptureFixture
) -> None:
    times_s = times_of(path)
    steps = np.diff(times_s)
    assert len(times_s) == num_frames
    assert times_s[0] == 0
    assert np.all(steps > 0)
    assert np.median(steps) == pytest.approx(1 / rate_hz, rel=0.15)
    assert times_s[-1] == pytest.approx((num_frames - 1) / rate_hz, abs=0.05)
    assert not caplog.records
