"""What the pictures show, measured in pixels."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gesture.display import LiveStatus, draw_filmstrip, draw_live, draw_skeleton, write
from gesture.display.palette import HANDS, LEFT, PANEL, RIGHT
from gesture.display.panel import PANEL_WIDTH_PX
from gesture.display.screen import HEIGHT_PX
from gesture.display.status import FADE_S, visible_events
from gesture.display.text import fit_text, printable, text_width
from gesture.types import GestureEvent, HandFrame, Recording, Take

Image = np.typing.NDArray[np.uint8]

LABELS = ("background", "swipe_left", "circle_cw", "왼쪽으로 밀기", "wave")
KEYS = (("q", "quit"), ("m", "mirror"), ("l", "landmarks"), ("space", "pause"))
SCRIPTS = (
    "swipe_left",
    "왼쪽으로 밀기",
    "左へスワイプ",
    "向左滑动",
    "взмах",
    "κύκλος",
    "مرحبا",
    "שלום",
    "Łódź Ñandú",
)


def hand_at(x: float, y: float, size: float = 0.2, z: float = 0.0) -> np.typing.NDArray[np.float32]:
    """(21, 3): an open hand with its wrist at (x, y), the fingers upwards."""
    points = np.zeros((21, 3), np.float32)
    points[0] = x, y, 0
    for finger in range(5):
        for joint in range(4):
            reach = size * (0.5 + 0.17 * joint)
            points[1 + 4 * finger + joint] = x + (finger - 2) * size * 0.18, y - reach, z
    return points


def hand_frame(
    left: np.typing.NDArray[np.float32] | None = None,
    right: np.typing.NDArray[np.float32] | None = None,
    time_s: float = 10.0,
) -> HandFrame:
    absent = np.full((21, 3), np.nan, np.float32)
    landmarks = np.stack([absent if hand is None else hand for hand in (left, right)])
    return replace(HandFrame.empty(time_s, (640, 480)), landmarks=landmarks)


def onset(label: str = "wave", hand: str = "right", age_s: float = 0.0, phase: str = "onset") -> GestureEvent:
    return GestureEvent(label, hand, phase, 9.0, 10.0 - age_s, None, 0.93)  # type: ignore[arg-type]


def gray(width: int = 640, height: int = 480) -> Image:
    return np.full((height, width, 3), 90, np.uint8)


def close_to(image: Image, color: tuple[int, int, int], within: int = 40) -> np.typing.NDArray[np.bool_]:
    return (np.abs(image.astype(int) - color) <= within).all(axis=-1)


def stage_of(picture: Image) -> Image:
    return picture[:, :-PANEL_WIDTH_PX]


def panel_of(picture: Image) -> Image:
    return picture[:, -PANEL_WIDTH_PX:]


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((640, 480), (960, 540)),
        ((1280, 720), (1200, 540)),
        ((1920, 1080), (1200, 540)),
        ((544, 960), (600, 540)),
        ((32, 24), (960, 540)),
        ((2000, 100), (1200, 540)),
        ((1, 1), (780, 540)),
        ((641, 479), (964, 540)),
    ],
)
def test_the_picture_has_one_height_and_an_even_width_at_any_camera(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    picture = draw_live(gray(*size), hand_frame(), LiveStatus(labels=LABELS))
    assert picture.shape == (expected[1], expected[0], 3)
    assert picture.dtype == np.uint8


def test_the_camera_image_and_the_landmarks_stay_as_they_are() -> None:
    image, hands = gray(), hand_frame(hand_at(0.3, 0.5), hand_at(0.7, 0.5))
    before = hands.landmarks.copy()
    picture = draw_live(image, hands, LiveStatus(labels=LABELS, events=(onset(),), paused=True))
    assert (image == 90).all()
    np.testing.assert_array_equal(hands.landmarks, before)
    assert not np.shares_memory(picture, image)


def test_drawing_twice_gives_the_same_picture() -> None:
    status = LiveStatus(labels=LABELS, probabilities=np.full((2, 5), 0.2, np.float32), keys=KEYS)
    first = draw_live(gray(), hand_frame(hand_at(0.5, 0.5)), status)
    first_copy = first.copy()
    second = draw_live(gray(), hand_frame(hand_at(0.5, 0.5)), status)
    np.testing.assert_array_equal(first, first_copy)
    np.testing.assert_array_equal(second, first)


def test_mirroring_turns_the_image_and_never_the_text() -> None:
    status = LiveStatus(
        labels=LABELS, events=(onset(),), truth="shown: wave", keys=KEYS, model_name="default"
    )
    symmetric = draw_live(gray(), hand_frame(), status)
    np.testing.assert_array_equal(symmetric, draw_live(gray(), hand_frame(), replace(status, mirror=False)))

    image = gray()
    image[:, :100] = 255
    plain = LiveStatus(mirror=False)
    picture, mirrored = (draw_live(image, hand_frame(), replace(plain, mirror=on)) for on in (False, True))
    np.testing.assert_array_equal(stage_of(picture)[:, ::-1], stage_of(mirrored))
    np.testing.assert_array_equal(panel_of(picture), panel_of(mirrored))


@pytest.mark.parametrize(("mirror", "x"), [(False, 0.25), (True, 0.75)])
def test_the_skeleton_lies_on_its_landmarks(mirror: bool, x: float) -> None:
    picture = stage_of(draw_live(gray(), hand_frame(right=hand_at(0.25, 0.8)), LiveStatus(mirror=mirror)))
    wrist = picture[round(0.8 * HEIGHT_PX), round(x * picture.shape[1])]
    assert (wrist > 200).all()  # a joint is white
    elsewhere = picture[round(0.8 * HEIGHT_PX), round((1 - x) * picture.shape[1])]
    assert (elsewhere == 90).all()


@pytest.mark.parametrize(("hand", "color"), [("left", LEFT), ("right", RIGHT)])
def test_each_hand_has_its_colour(hand: str, color: tuple[int, int, int]) -> None:
    picture = stage_of(draw_live(gray(), hand_frame(**{hand: hand_at(0.5, 0.8)}), LiveStatus()))
    other = HANDS["right" if hand == "left" else "left"]
    assert close_to(picture, color).sum() > 200
    assert not close_to(picture, other).any()


def test_no_skeleton_is_drawn_when_landmarks_are_off() -> None:
    picture = draw_live(gray(), hand_frame(hand_at(0.5, 0.8)), LiveStatus(show_landmarks=False))
    assert (stage_of(picture) == 90).all()


def test_a_nearer_hand_has_thicker_bones() -> None:
    def covered(z: float) -> int:
        image = np.zeros((480, 640, 3), np.uint8)
        draw_skeleton(image, hand_at(0.5, 0.8, z=z), RIGHT)
        return int(close_to(image, RIGHT, within=70).sum())

    assert covered(-0.1) > 1.2 * covered(0.0) > 1.2 * 1.2 * covered(0.1)


@settings(max_examples=60, deadline=None)
@given(
    arrays(
        np.float32,
        (21, 3),
        elements=st.one_of(st.floats(-2, 3, width=32), st.floats(width=32), st.just(float("nan"))),
    ),
    st.booleans(),
)
def test_any_landmarks_can_be_drawn_and_nothing_leaves_the_image(
    landmarks: np.typing.NDArray[np.float32], mirror: bool
) -> None:
    around = np.full((140, 180, 3), 7, np.uint8)
    draw_skeleton(around[20:120, 30:150], landmarks, LEFT, mirror)
    around[20:120, 30:150] = 7
    assert (around == 7).all()


def test_a_hand_half_outside_the_image_is_drawn_up_to_the_edge() -> None:
    image = np.zeros((480, 640, 3), np.uint8)
    draw_skeleton(image, hand_at(0.0, 0.5, size=0.4), RIGHT)
    columns = np.flatnonzero(image.any(axis=(0, 2)))
    assert columns[0] == 0
    assert 60 < columns[-1] < 200


def test_bars_are_as_long_as_the_probabilities() -> None:
    def pixels(probability: float) -> int:
        probabilities = np.full((2, 2), np.nan, np.float32)
        probabilities[1] = 1 - probability, probability
        status = LiveStatus(labels=("background", "wave"), probabilities=probabilities)
        return int(close_to(panel_of(draw_live(gray(), hand_frame(), status))[150:], RIGHT, within=3).sum())

    assert pixels(0.0) == 0
    assert pixels(1.0) == pytest.approx(2 * pixels(0.5), rel=0.05)


def test_two_hands_have_two_bars_and_a_model_of_both_hands_has_its_own() -> None:
    probabilities = np.full((2, 2), 0.5, np.float32)
    status = LiveStatus(labels=("wave", "push"), probabilities=probabilities)
    panel = panel_of(draw_live(gray(), hand_frame(), status))
    assert close_to(panel, LEFT, 3).any()
    assert close_to(panel, RIGHT, 3).any()
    panel = panel_of(draw_live(gray(), hand_frame(), replace(status, probabilities=probabilities[:1])))
    assert close_to(panel, HANDS["both"], 3).any()
    assert not close_to(panel, LEFT, 3).any()


def test_a_threshold_is_marked_where_it_lies() -> None:
    def panel(threshold: float) -> Image:
        thresholds = np.array([np.nan, threshold], np.float32)
        return panel_of(
            draw_live(gray(), hand_frame(), LiveStatus(labels=("background", "a"), thresholds=thresholds))
        )

    different = np.flatnonzero((panel(0.25) != panel(np.nan)).any(axis=(0, 2)))
    assert different.mean() == pytest.approx(20 + 0.25 * 200, abs=1)
    assert len(different) == 2


@pytest.mark.parametrize("num_labels", [0, 1, 5, 16, 60])
@pytest.mark.parametrize("num_keys", [0, 4, 9])
def test_labels_and_keys_stay_inside_the_panel(num_labels: int, num_keys: int) -> None:
    labels = tuple(f"{index}_{SCRIPTS[index % len(SCRIPTS)] * 12}" for index in range(num_labels))
    status = LiveStatus(
        labels=labels,
        probabilities=np.ones((2, num_labels), np.float32),
        thresholds=np.full(num_labels, 0.9, np.float32),
        events=tuple(onset(label) for label in labels[:1]),
        model_name="a_model_with_a_very_long_name_" * 4,
        keys=(("space", "a meaning that is far too long to fit"),) * num_keys,
    )
    panel = panel_of(draw_live(gray(), hand_frame(), status))
    assert (panel[:, -8:] == PANEL).all()
    assert (panel[-8:] == PANEL).all()


@pytest.mark.parametrize(("num_labels", "num_bars"), [(2, 2), (16, 16), (60, 17)])
def test_up_to_sixteen_labels_are_all_there_and_more_do_not_overlap(num_labels: int, num_bars: int) -> None:
    labels = tuple(f"label_{index}" for index in range(num_labels))
    probabilities = np.ones((1, num_labels), np.float32)
    status = LiveStatus(labels=labels, probabilities=probabilities, keys=KEYS)
    panel = panel_of(draw_live(gray(), hand_frame(), status))
    bars = close_to(panel[:, 100], HANDS["both"], 3).astype(int)  # a column that all full bars cross
    assert (np.diff(bars) == 1).sum() == num_bars
    without = draw_live(gray(), hand_frame(), replace(status, labels=(), probabilities=None))
    np.testing.assert_array_equal(panel[-70:], panel_of(without)[-70:])


@pytest.mark.parametrize(
    ("event", "time_s", "visible"),
    [
        (onset(), 10.0, True),
        (onset(), 10.0 + 0.5 * FADE_S, True),
        (onset(), 10.0 + FADE_S, False),
        (onset(), 9.9, False),
        (onset(phase="end"), 10.0, False),
    ],
)
def test_an_onset_shows_and_fades(event: GestureEvent, time_s: float, visible: bool) -> None:
    without = draw_live(gray(), hand_frame(time_s=time_s), LiveStatus())
    picture = draw_live(gray(), hand_frame(time_s=time_s), LiveStatus(events=(event,)))
    assert (stage_of(picture) != stage_of(without)).any() == visible


def test_an_event_fades_steadily() -> None:
    opacities = [visible_events((onset(),), 10.0 + age)[0][1] for age in np.linspace(0, FADE_S - 0.01, 30)]
    assert opacities[0] == 1
    assert opacities[-1] < 0.01
    assert (np.diff(opacities) <= 0).all()


def test_the_newest_onset_of_each_hand_is_shown() -> None:
    events = (onset("a", "right", 0.5), onset("b", "left", 0.4), onset("c", "right", 0.1))
    assert [event.label for event, _ in visible_events(events, 10.0)] == ["b", "c"]


def test_events_of_two_hands_stand_beside_each_other() -> None:
    picture = stage_of(
        draw_live(gray(), hand_frame(), LiveStatus(events=(onset("a", "left"), onset("b", "right"))))
    )
    inside = picture[400:530, 10:-10]  # within the coloured edge
    middle = inside.shape[1] // 2
    assert close_to(inside[:, :middle], LEFT, 12).any()
    assert not close_to(inside[:, middle:], LEFT, 12).any()
    assert close_to(inside[:, middle:], RIGHT, 12).any()


def test_pausing_darkens_the_image() -> None:
    picture = stage_of(draw_live(gray(), hand_frame(), LiveStatus(paused=True)))
    assert (picture[:200] < 45).all()


def test_a_trail_ends_bright_where_the_hand_is_and_survives_gaps() -> None:
    trail = np.full((20, 2, 2), np.nan, np.float32)
    trail[:, 1, 0], trail[:, 1, 1] = np.linspace(0.2, 0.8, 20), 0.5
    trail[8:11] = np.nan
    picture = stage_of(draw_live(gray(), hand_frame(), LiveStatus(trail=trail, mirror=False)))
    strength = np.abs(picture[268:272].astype(int) - 90).max(axis=(0, 2))
    at = {place: strength[round(place * picture.shape[1])] for place in (0.25, 0.51, 0.78, 0.9)}
    assert at[0.78] > at[0.25] > 0
    assert at[0.51] == at[0.9] == 0


@pytest.mark.parametrize("trail_length", [0, 1])
def test_a_short_trail_is_no_trail(trail_length: int) -> None:
    trail = np.full((trail_length, 2, 2), 0.5, np.float32)
    assert (stage_of(draw_live(gray(), hand_frame(), LiveStatus(trail=trail))) == 90).all()


@pytest.mark.parametrize("text", SCRIPTS)
def test_labels_of_any_script_are_written_and_not_replaced_by_question_marks(text: str) -> None:
    image, questions = np.zeros((2, 60, 400, 3), np.uint8)
    assert write(image, text, 10, 40, (255, 255, 255), size_px=24) > 20
    write(questions, "".join(" " if c == " " else "?" for c in text), 10, 40, (255, 255, 255), size_px=24)
    assert image.any()
    assert (image != questions).mean() > 0.02


def test_right_to_left_scripts_are_joined_and_ordered() -> None:
    whole = text_width("مرحبا", 40)
    apart = sum(text_width(letter, 40) for letter in "مرحبا")
    assert whole < 0.95 * apart  # joined letters are narrower than letters standing alone


@pytest.mark.parametrize(
    "text", ["", " ", "\n", "a\nb\tc", "\ud800", "a\udcffb", "\x00", "👍", "e\u0301", "$x^2$"]
)
def test_no_text_can_crash_the_drawing(text: str) -> None:
    status = LiveStatus(
        labels=(text, text + "x"), model_name=text, keys=((text, text),), truth=text, notice=text
    )
    draw_live(gray(), hand_frame(), replace(status, events=(onset(text),)))


def test_accents_are_composed_and_breaks_are_blanks() -> None:
    assert printable("e\u0301a\nb") == "\u00e9a b"


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=200), st.integers(20, 300), st.sampled_from([11, 13, 24]))
def test_a_fitted_text_fits(text: str, width_px: int, size_px: int) -> None:
    fitted = fit_text(text, width_px, size_px)
    assert text_width(fitted, size_px) <= width_px
    assert fitted == text or fitted.endswith("…")


def test_text_beyond_the_image_is_cut_off() -> None:
    image = np.zeros((20, 40, 3), np.uint8)
    for x, y in ((-30, 15), (35, 15), (10, -3), (10, 30), (500, 500), (-500, -500)):
        write(image, "swipe_left", x, y, (255, 255, 255))
    assert image.any()


def test_alignment_places_the_text_left_of_or_around_a_point() -> None:
    def columns(align: float) -> tuple[int, int]:
        image = np.zeros((40, 400, 3), np.uint8)
        write(image, "swipe_left", 200, 30, (255, 255, 255), size_px=20, align=align)
        inked = np.flatnonzero(image.any(axis=(0, 2)))
        return int(inked[0]), int(inked[-1])

    assert columns(0.0)[0] == pytest.approx(200, abs=3)
    assert columns(1.0)[1] == pytest.approx(200, abs=3)
    assert np.mean(columns(0.5)) == pytest.approx(200, abs=3)


def moving_recording(view: str = "egocentric", mirrored: bool = False, num_frames: int = 60) -> Recording:
    """A right hand that moves to the image's right for two seconds; the left hand is never seen."""
    landmarks = np.full((num_frames, 2, 21, 3), np.nan, np.float32)
    for index in range(num_frames):
        landmarks[index, 1] = hand_at(0.2 + 0.6 * index / max(num_frames, 1), 0.6)
    per_hand = np.ones((num_frames, 2), np.float32)
    times_s = np.arange(num_frames) / 30
    return Recording(
        times_s,
        landmarks,
        landmarks,
        per_hand,
        per_hand,
        (),
        "p1",
        (640, 480),
        view,
        mirrored,  # type: ignore[arg-type]
    )


def cells_of(strip: Image, num_images: int) -> list[Image]:
    width = (strip.shape[1] - 24 + 6) // num_images
    return [strip[44:172, 12 + width * index : 12 + width * index + 136] for index in range(num_images)]


@pytest.mark.parametrize("num_images", [1, 4, 8])
def test_a_filmstrip_has_its_images_side_by_side(num_images: int) -> None:
    strip = draw_filmstrip(moving_recording(), Take(0.0, 2.0, "왼쪽으로 밀기", "right"), num_images)
    assert strip.shape == (200, 24 + num_images * 142 - 6, 3)
    assert strip.dtype == np.uint8


@pytest.mark.parametrize(
    ("view", "mirrored", "moves_right"),
    [("egocentric", False, True), ("facing", False, False), ("facing", True, True)],
)
def test_a_filmstrip_shows_the_path_as_a_mirror_would_for_facing_cameras(
    view: str, mirrored: bool, moves_right: bool
) -> None:
    strip = draw_filmstrip(moving_recording(view, mirrored), Take(0.0, 2.0, "swipe", "right"), 4)
    places = [
        np.flatnonzero(close_to(cell, (255, 255, 255), 60).any(axis=0)).mean() for cell in cells_of(strip, 4)
    ]
    assert (np.diff(places) > 0).all() == moves_right
    assert (np.diff(places) < 0).all() != moves_right


def test_the_path_in_a_filmstrip_grows() -> None:
    strip = draw_filmstrip(moving_recording(), Take(0.0, 2.0, "swipe", "right"), 4)
    widths = [np.ptp(np.flatnonzero(close_to(cell, RIGHT, 40).any(axis=0))) for cell in cells_of(strip, 4)]
    assert (np.diff(widths) > 10).all()


def test_a_take_without_a_hand_or_a_frame_still_has_a_filmstrip() -> None:
    recording = moving_recording()
    for take in (
        Take(0.0, 2.0, "wave", "left"),
        Take(50.0, 51.0, "wave", "right"),
        Take(-2.0, -1.0, "wave", "both"),
    ):
        strip = draw_filmstrip(recording, take, 3)
        assert not any(close_to(cell, RIGHT, 40).any() for cell in cells_of(strip, 3))
    assert draw_filmstrip(moving_recording(num_frames=0), Take(0.0, 1.0, "wave", "right"), 2).shape[0] == 200


def test_drawing_uses_no_more_than_the_camera_image() -> None:
    """A full-colour photograph comes through unchanged where nothing is drawn on it."""
    image = np.random.default_rng(0).integers(0, 255, (540, 720, 3), dtype=np.uint8)
    stage = stage_of(draw_live(image, hand_frame(), LiveStatus(mirror=False)))
    np.testing.assert_array_equal(stage, cv2.resize(image, (720, 540)))
