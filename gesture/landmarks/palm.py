"""Palm detection: a whole image in, the palms in it out. The first of the two hand models.

The model says for each of 2,016 anchors how likely a palm is there, and where its box and seven points lie.
Several anchors answer to one palm; what overlaps is merged, weighted by score.

Every number is that of mediapipe/tasks/cc/vision/hand_detector/hand_detector_graph.cc, unless said.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gesture.landmarks.network import Network
from gesture.landmarks.region import UPRIGHT, Region, region_of_palm
from gesture.types import Array

GRIDS = ((24, 2), (12, 6))
"""Anchors: (cells a side, anchors a cell). Strides 8, 16, 16, 16 of 192 px, two anchors for each; layers of
one stride share their cells (mediapipe/calculators/tflite/ssd_anchors_calculator.cc)."""
SAME_PALM = 0.3
"""Boxes that overlap by more (intersection over union) are one palm."""
WRIST, MIDDLE_KNUCKLE = 0, 2
SCORE_CLIP = 80.0
"""The graph clips at 100, where float32 overflows; either way the score is 0 or 1."""


@dataclass(frozen=True)
class Palm:
    """A palm in an image.

    Attributes:
        score: how sure it is, 0 to 1.
        box: float32 (2, 2) px, its upper left and lower right corner.
        points: float32 (7, 2) px: wrist, knuckles of index, middle, ring and little finger, thumb's two.
    """

    score: float
    box: Array
    points: Array

    def region(self, upright: float = UPRIGHT) -> Region:
        """Where to look for this palm's hand."""
        return region_of_palm(self.box, self.points[WRIST], self.points[MIDDLE_KNUCKLE], upright)


class PalmDetector:
    """Finds palms in one image after the other.

    Args:
        model: `HandModels.palm_detector`.
        num_threads: of LiteRT.
    """

    def __init__(self, model: bytes, num_threads: int = 1) -> None:
        self._network = Network(model, cv2.BORDER_CONSTANT, num_threads)
        self._anchors = anchors()

    def detect(self, image: NDArray[np.uint8], min_score: float = 0.5) -> list[Palm]:
        """The palms in an image, uint8 (height, width, 3) RGB, surest first."""
        height, width = image.shape[:2]
        whole = Region(width / 2, height / 2, max(width, height), 0.0)
        boxes, scores = self._network.run(image, whole)  # (2016, 18), (2016, 1)
        found = decode(boxes, scores[:, 0], self._anchors, self._network.num_px, min_score)
        corner = np.array([whole.x_px, whole.y_px], np.float32) - np.float32(whole.size_px / 2)
        return [
            Palm(score, *np.split(points * np.float32(whole.size_px) + corner, [2]))
            for points, score in merged(*found)
        ]


def anchors() -> Array:
    """The middles of the anchors, float32 (2016, 2), x and y from 0 to 1 across the model's input."""
    middles = []
    for num_cells, num_anchors in GRIDS:
        line = (np.arange(num_cells, dtype=np.float32) + 0.5) / num_cells
        cells = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)  # row by row, x first
        middles.append(cells.repeat(num_anchors, axis=0))
    return np.concatenate(middles)


def decode(boxes: Array, logits: Array, anchors: Array, num_px: int, min_score: float) -> tuple[Array, Array]:
    """What the model says, for the anchors that are sure enough.

    Args:
        boxes: (N, 18) px from the anchor: the box's middle, its size, seven points.
        logits: (N,).
        anchors: (N, 2).
        num_px: the side of the model's input.

    Returns:
        Points, float32 (K, 9, 2), from 0 to 1 across the model's input: the box's two corners, then the
        seven points; and their scores, float32 (K,), 0 to 1, best first.

    Source: mediapipe/calculators/tensor/tensors_to_detections_calculator.cc.
    """
    scores = np.asarray(1 / (1 + np.exp(-np.clip(logits, -SCORE_CLIP, SCORE_CLIP))), np.float32)
    sure = np.flatnonzero(scores >= min_score)
    sure = sure[np.argsort(-scores[sure], kind="stable")]
    points = boxes[sure].reshape(-1, 9, 2) / np.float32(num_px)
    half = points[:, 1] / np.float32(2)
    points[:, 1] = points[:, 0] + half
    points[:, 0] -= half
    return points + anchors[sure, None], scores[sure]


def merged(points: Array, scores: Array) -> Iterator[tuple[Array, float]]:
    """One palm from all that overlap with the best of them, then the same with the rest.

    Args:
        points: (K, 9, 2), corners first.
        scores: (K,), best first.

    Yields:
        The palm's points, float32 (9, 2), the mean weighted by score; and its best score.

    Source: mediapipe/calculators/util/non_max_suppression_calculator.cc (WEIGHTED).
    """
    while len(scores):
        same = overlap(points[0], points) > SAME_PALM
        same[0] = True
        yield np.average(points[same], axis=0, weights=scores[same]).astype(np.float32), float(scores[0])
        points, scores = points[~same], scores[~same]


def overlap(box: Array, boxes: Array) -> Array:
    """Intersection over union of a box with others; the first two points of each are its corners."""
    shared = np.minimum(box[1], boxes[:, 1]) - np.maximum(box[0], boxes[:, 0])
    areas = (boxes[:, 1] - boxes[:, 0]).prod(axis=-1)
    intersection = np.maximum(shared, 0).prod(axis=-1)
    union = (box[1] - box[0]).prod() + areas - intersection
    return np.asarray(intersection / np.maximum(union, np.finfo(np.float32).tiny), np.float32)
