"""From the person's frame to the camera's image.

The person's frame: metres, x their right, y up, z backwards, its origin in the middle of where they gesture.
The camera's: x right, y down, z away from it, as MediaPipe's world landmarks. A facing camera sees the
person's right on the image's left (nothing is mirrored); an egocentric one looks along with the person.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gesture.types import View
from gesture.virtual.anatomy import Floats

FOCAL_WIDTHS = 0.9
"""Focal length in image widths: a field of view of 58 degrees, the usual webcam's."""

_AXES = {"facing": np.diag([-1.0, -1.0, 1.0]), "egocentric": np.diag([1.0, -1.0, -1.0])}


@dataclass(frozen=True)
class Viewpoint:
    """Where the camera stands.

    Attributes:
        view: "facing" or "egocentric".
        distance_m: from the camera to the origin of the person's frame, which it looks at.
        turn: degrees (pitch, yaw) by which it looks from above and from the side.
    """

    view: View
    distance_m: float
    turn: tuple[float, float] = (0.0, 0.0)

    def to_camera(self, points: Floats) -> Floats:
        """Points (..., 3) of the person's frame in the camera's."""
        pitch, yaw = np.deg2rad(self.turn)
        about_x = [[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]]
        about_y = [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
        turned = points @ (np.array(about_x) @ np.array(about_y) @ _AXES[self.view]).T
        return np.asarray(turned + np.array([0, 0, self.distance_m]))

    def half_view_m(self, aspect: float) -> tuple[float, float]:
        """Half of the width and height seen at the origin, for an image `aspect` times wider than high."""
        half = self.distance_m / (2 * FOCAL_WIDTHS)
        return half, half / aspect


def project(points: Floats, image_size: tuple[int, int]) -> Floats:
    """Camera-frame points (..., 21, 3) as image landmarks (..., 21, 3).

    x and y in image widths and heights; z on x's scale relative to the wrist (the first point), smaller is
    nearer: MediaPipe's convention.
    """
    width, height = image_size
    depth = np.maximum(points[..., 2], 0.05)
    x = 0.5 + FOCAL_WIDTHS * points[..., 0] / depth
    y = 0.5 + FOCAL_WIDTHS * points[..., 1] / depth * width / height
    z = FOCAL_WIDTHS * (points[..., 2] - points[..., :1, 2]) / depth[..., :1]
    return np.stack([x, y, z], axis=-1)
