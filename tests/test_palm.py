"""From an image to palms, and from palms and landmarks to the regions in which hands are read."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gesture.landmarks.hand_models import load_hand_models
from gesture.landmarks.palm import Palm, PalmDetector, anchors, decode, merged, overlap
from gesture.landmarks.region import MEDIAPIPE_UPRIGHT, Region, region_of_landmarks
from gesture.virtual import VirtualCamera, make_scene

NUM_PX = 192


def palm(x: float, y: float, size: float) -> np.ndarray:
    """A square palm (9, 2), its points all in the middle."""
    half = size / 2
    return np.array([[x - half, y - half], [x + half, y + half], *[[x, y]] * 7], np.float32)


def test_anchors_run_row_by_row_with_two_of_a_cell_then_six():
    middles = anchors()
    assert middles.shape == (24 * 24 * 2 + 12 * 12 * 6, 2)
    np.testing.assert_allclose(middles[[0, 1, 2, 48]] * 24, [[0.5, 0.5], [0.5, 0.5], [1.5, 0.5], [0.5, 1.5]])
    np.testing.assert_allclose(middles[[1152, 1157, 1158]] * 12, [[0.5, 0.5], [0.5, 0.5], [1.5, 0.5]])


def test_a_box_lies_where_its_anchor_and_its_offset_say():
    boxes, logits = np.zeros((2016, 18), np.float32), np.full(2016, -200, np.float32)
    boxes[700], logits[700] = [19.2, -19.2, 38.4, 76.8, *[9.6] * 14], 0.1
    points, scores = decode(boxes, logits, anchors(), NUM_PX, min_score=0.5)
    assert points.shape == (1, 9, 2)
    x, y = anchors()[700]
    np.testing.assert_allclose(points[0, :2], [[x, y - 0.3], [x + 0.2, y + 0.1]], atol=1e-6)
    np.testing.assert_allclose(points[0, 2:], [[x + 0.05, y + 0.05]] * 7, atol=1e-6)
    np.testing.assert_allclose(scores, 1 / (1 + np.exp(-0.1)), rtol=1e-6)


@pytest.mark.parametrize(("min_score", "expected"), [(0.1, [0.9, 0.5, 0.2]), (0.5, [0.9, 0.5]), (0.95, [])])
def test_only_scores_high_enough_count_best_first(min_score, expected):
    logits = np.full(2016, -200, np.float32)
    logits[[3, 4, 5]] = np.log([0.5 / 0.4999, 0.2 / 0.7999, 0.9 / 0.1])
    _, scores = decode(np.zeros((2016, 18), np.float32), logits, anchors(), NUM_PX, min_score)
    np.testing.assert_allclose(scores, expected, atol=1e-3)


def test_boxes_of_one_palm_become_their_mean_weighted_by_score():
    points = np.stack([palm(0.5, 0.5, 0.2), palm(0.1, 0.1, 0.1), palm(0.53, 0.5, 0.2)])
    found = list(merged(points, np.array([0.9, 0.8, 0.3], np.float32)))
    assert [score for _, score in found] == pytest.approx([0.9, 0.8])
    np.testing.assert_allclose(found[0][0], palm(0.5 + 0.03 * 0.25, 0.5, 0.2), atol=1e-6)
    np.testing.assert_allclose(found[1][0], points[1], atol=1e-6)


def test_a_box_without_area_overlaps_nothing_and_ends_the_merging():
    flat = np.stack([palm(0.5, 0.5, 0.0), palm(0.5, 0.5, 0.0)])
    assert len(list(merged(flat, np.array([0.9, 0.8], np.float32)))) == 2


def test_overlap_is_intersection_over_union():
    boxes = np.stack([palm(0.5, 0.5, 0.2), palm(0.6, 0.5, 0.2), palm(0.8, 0.5, 0.2)])
    np.testing.assert_allclose(overlap(boxes[0], boxes), [1, 1 / 3, 0], atol=1e-6)


def test_an_upright_palm_gives_an_upright_region_above_it():
    """Of 2.6 palms, half a palm higher: MediaPipe's numbers."""
    points = np.array([[100, 150], *[[100, 60]] * 6], np.float32)
    region = Palm(0.9, np.array([[60, 60], [140, 140]], np.float32), points).region()
    assert (region.x_px, region.y_px, region.size_px, region.angle) == pytest.approx((100, 60, 208, 0))


def test_mediapipe_itself_turns_the_region_of_a_palm_too_far():
    points = np.array([[100, 150], *[[100, 60]] * 6], np.float32)
    region = Palm(0.9, np.array([[60, 60], [140, 140]], np.float32), points).region(MEDIAPIPE_UPRIGHT)
    assert np.rad2deg(region.angle) == pytest.approx(26.62, abs=0.01)


@given(
    x_px=st.floats(-500, 2000),
    y_px=st.floats(-500, 2000),
    size_px=st.floats(10, 1500),
    angle=st.floats(-np.pi, np.pi),
)
def test_a_crop_is_centred_on_its_region_and_as_large(x_px, y_px, size_px, angle):
    matrix = Region(x_px, y_px, size_px, angle).to_image(224)
    corners = np.array([[0, 0, 1], [224, 0, 1], [224, 224, 1], [112, 112, 1]]) @ matrix.T
    np.testing.assert_allclose(corners[3], [x_px, y_px], atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(np.diff(corners[:3], axis=0), axis=1), size_px, rtol=1e-9)
    along = corners[1] - corners[0]
    assert np.cos(np.arctan2(along[1], along[0]) - angle) == pytest.approx(1)


@given(
    seed=st.integers(0, 1000),
    angle=st.floats(-np.pi, np.pi),
    scale=st.floats(0.2, 5),
    shift=st.tuples(st.floats(-500, 500), st.floats(-500, 500)),
)
def test_the_region_of_landmarks_turns_grows_and_moves_with_the_hand(seed, angle, scale, shift):
    hand = np.random.default_rng(seed).uniform(0, 100, (21, 2)).astype(np.float32)
    hand[[5, 9, 13]] += [0, -200]  # a hand's knuckles are away from its wrist
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    before = region_of_landmarks(hand)
    after = region_of_landmarks((scale * hand @ turn + shift).astype(np.float32))
    middle = scale * np.array([before.x_px, before.y_px]) @ turn + shift
    np.testing.assert_allclose([after.x_px, after.y_px], middle, atol=0.02 * scale + 0.05)
    assert after.size_px == pytest.approx(scale * before.size_px, rel=1e-3)
    assert np.cos(after.angle - before.angle - angle) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (Region(50, 50, 20, 1.0), 1.0),
        (Region(60, 50, 20, 0), 1 / 3),
        (Region(50, 50, 10, 0), 0.25),
        (Region(90, 50, 20, 0), 0),
    ],
)
def test_regions_overlap_by_intersection_over_union(other, expected):
    assert Region(50, 50, 20, 0).overlap(other) == pytest.approx(expected)
    assert other.overlap(Region(50, 50, 20, 0)) == pytest.approx(expected)


@pytest.mark.parametrize("image_size", [(640, 480), (480, 640), (1280, 720)])
def test_the_detector_finds_a_hand_where_it_is_in_images_of_any_shape(image_size):
    camera = VirtualCamera(make_scene(["wave"], seed=1), image_size=image_size)
    image, truth = camera.image_at(2.0), camera.truth(2.0)
    (found,) = PalmDetector(load_hand_models().palm_detector).detect(image)
    hand = truth.landmarks[1, :, :2] * image_size
    size = np.linalg.norm(hand[9] - hand[0])
    assert found.score > 0.5
    np.testing.assert_allclose(found.points[:5], hand[[0, 5, 9, 13, 17]], atol=0.45 * size)
    assert np.linalg.norm([found.region().x_px, found.region().y_px] - hand.mean(axis=0)) < 0.6 * size


def test_the_detector_finds_no_palm_in_a_grey_image():
    assert PalmDetector(load_hand_models().palm_detector).detect(np.full((480, 640, 3), 128, np.uint8)) == []
