"""Where in the image a hand is looked for: a square, turned so that the hand points up. Pixels in and out.

A region comes from a palm that the detector found, or from a hand's landmarks in the last frame. The two
rules and their numbers are those of MediaPipe's published graphs, which the landmark model was trained with.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cos, floor, pi, sin

import numpy as np
from numpy.typing import NDArray

from gesture.types import Array

PALM_SCALE, PALM_SHIFT = 2.6, -0.5
"""Source: mediapipe/tasks/cc/vision/hand_detector/hand_detector_graph.cc (scale_x, scale_y, shift_y)."""
HAND_SCALE, HAND_SHIFT = 2.0, -0.1
"""Source: mediapipe/tasks/cc/vision/hand_landmarker/hand_landmarks_detector_graph.cc."""

PALM_LANDMARKS = np.array([0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18])
"""Fingertips move too much to say where a hand is: the region is drawn around these.
Source: mediapipe/modules/hand_landmark/hand_landmark_landmarks_to_roi.pbtxt."""
WRIST, INDEX_KNUCKLE, MIDDLE_KNUCKLE, RING_KNUCKLE = 0, 5, 9, 13

UPRIGHT = pi / 2
MEDIAPIPE_UPRIGHT = 90.0
"""hand_detector_graph.cc sets the angle of an upright palm to 90 in a field that is in radians: 116.6°."""


@dataclass(frozen=True)
class Region:
    """A square piece of the image.

    Attributes:
        x_px, y_px: its centre.
        size_px: the length of a side.
        angle: radians by which its upper side is turned clockwise from the image's.
    """

    x_px: float
    y_px: float
    size_px: float
    angle: float

    def to_image(self, num_px: int) -> NDArray[np.float64]:
        """The matrix from pixels of a crop, `num_px` a side, to the image's: float64 (2, 3).

        Corners are mapped to corners with no half pixel between, as
        mediapipe/calculators/tensor/image_to_tensor_converter_opencv.cc does.
        """
        right = self.size_px / num_px * cos(self.angle)
        down = self.size_px / num_px * sin(self.angle)
        half = num_px / 2
        return np.array(
            [
                [right, -down, self.x_px - (right - down) * half],
                [down, right, self.y_px - (down + right) * half],
            ]
        )

    def moved(self, x_px: float, y_px: float, scale: float) -> Region:
        return Region(self.x_px + x_px, self.y_px + y_px, self.size_px * scale, self.angle)

    def overlap(self, other: Region) -> float:
        """Intersection over union, both taken as upright (as mediapipe/util/rectangle_util.cc does)."""
        reach = (self.size_px + other.size_px) / 2
        smaller = min(self.size_px, other.size_px)
        width = min(reach - abs(self.x_px - other.x_px), smaller)
        height = min(reach - abs(self.y_px - other.y_px), smaller)
        shared = max(width, 0.0) * max(height, 0.0)
        return shared / (self.size_px**2 + other.size_px**2 - shared)


def region_of_palm(box: Array, wrist: Array, knuckle: Array, upright: float = UPRIGHT) -> Region:
    """The region of a hand whose palm the detector found.

    Args:
        box: (2, 2) px, the upper left and lower right corner of the palm's box.
        wrist, knuckle: (2,) px, the middle of the wrist and the middle finger's knuckle.
        upright: radians, the direction in which an upright hand points.

    Source: mediapipe/calculators/util/detections_to_rects_calculator.cc and
    rect_transformation_calculator.cc.
    """
    angle = _turn(knuckle - wrist, upright)
    width, height = (float(length) for length in box[1] - box[0])
    x_px, y_px = (float(middle) for middle in (box[0] + box[1]) / 2)
    shift = PALM_SHIFT * height
    return Region(
        x_px - shift * sin(angle), y_px + shift * cos(angle), PALM_SCALE * max(width, height), angle
    )


def region_of_landmarks(points: Array) -> Region:
    """The region in which to look for a hand in the next frame.

    Args:
        points: (21, 2) px.

    Source: mediapipe/modules/hand_landmark/calculators/hand_landmarks_to_rect_calculator.cc and
    rect_transformation_calculator.cc.
    """
    knuckles = (points[INDEX_KNUCKLE] + points[RING_KNUCKLE] + 2 * points[MIDDLE_KNUCKLE]) / 4
    angle = _turn(knuckles - points[WRIST], UPRIGHT)
    right, down = cos(angle), sin(angle)
    turned = points[PALM_LANDMARKS] @ np.array([[right, -down], [down, right]], np.float32)  # (12, 2)
    low, high = turned.min(axis=0), turned.max(axis=0)
    width, height = (float(length) for length in high - low)
    x_px, y_px = (float(middle) for middle in (low + high) / 2)
    y_px += HAND_SHIFT * height
    return Region(
        x_px * right - y_px * down, x_px * down + y_px * right, HAND_SCALE * max(width, height), angle
    )


def _turn(direction: Array, upright: float) -> float:
    """By how much a direction in the image is turned from upright, between -pi and pi."""
    angle = upright - atan2(-float(direction[1]), float(direction[0]))
    return angle - 2 * pi * floor((angle + pi) / (2 * pi))
