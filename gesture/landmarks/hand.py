"""The landmarks of one hand: an image and a region in, a `Reading` in the image's coordinates out.

The second of the two hand models. Every number is that of
mediapipe/tasks/cc/vision/hand_landmarker/hand_landmarks_detector_graph.cc, unless said.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from gesture.landmarks.network import Network
from gesture.landmarks.region import Region
from gesture.types import NUM_LANDMARKS, Array

Z_SCALE = 0.4
"""The model's z is in pixels of the crop over this (kLandmarksNormalizeZ)."""


@dataclass(frozen=True)
class Reading:
    """What the model sees in a region.

    Attributes:
        points: float32 (21, 3) px of the image; z on the scale of x, negative towards the camera.
        world_points: float32 (21, 3) metres about the hand's own centre, along the image's axes.
        presence: how sure it is that there is a hand, 0 to 1.
        right: how sure it is that it is the person's right hand, 0 to 1.
    """

    points: Array
    world_points: Array
    presence: float
    right: float


class HandReader:
    """Reads the landmarks in one region after the other.

    Args:
        model: `HandModels.hand_landmarks`.
        num_threads: of LiteRT.
    """

    def __init__(self, model: bytes, num_threads: int = 1) -> None:
        # Where a hand reaches out of the image, its edge is repeated: the graph names no border, and
        # mediapipe/calculators/tensor/image_to_tensor_utils.cc then replicates.
        self._network = Network(model, cv2.BORDER_REPLICATE, num_threads)

    def read(self, image: NDArray[np.uint8], region: Region) -> Reading:
        """The hand in a region of an image, uint8 (height, width, 3) RGB, whether there is one or not."""
        points, presence, right, world_points = self._network.run(image, region)
        return Reading(
            to_image(points.reshape(NUM_LANDMARKS, 3), region, self._network.num_px),
            turned(world_points.reshape(NUM_LANDMARKS, 3), region.angle),
            float(presence[0]),
            float(right[0]),
        )


def to_image(points: Array, region: Region, num_px: int) -> Array:
    """Points of a crop, (21, 3) px, where they are in the image, float32 (21, 3) px.

    Source: mediapipe/calculators/util/landmark_projection_calculator.cc.
    """
    matrix = region.to_image(num_px)  # (2, 3)
    flat = points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    depth = points[:, 2:] * (region.size_px / num_px / Z_SCALE)
    return np.concatenate([flat, depth], axis=1, dtype=np.float32)


def turned(points: Array, angle: float) -> Array:
    """Points (21, 3) turned clockwise by an angle in radians about the line of sight.

    Source: mediapipe/calculators/util/world_landmark_projection_calculator.cc.
    """
    right, down = cos(angle), sin(angle)
    turn = np.array([[right, down, 0], [-down, right, 0], [0, 0, 1]], np.float32)
    return np.asarray(points @ turn, np.float32)
