"""From the person's frame to the camera's image.

The person's frame: metres, x their right, y up, z backwards, its origin in the middle of where they gesture.
The camera's: x right, y down, z away from it, as MediaPipe's world landmarks. A facing camera sees the
person's right on the image's left (nothing is mirrored); an egocentric one looks along with the person.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gesture.types import Array, View
from gesture.virtual.anatomy import Floats, rows_to_matrix

_FOCAL_WIDTHS, _ASPECT = 0.9, 4 / 3

_AXES = {"facing": np.diag([-1.0, -1.0, 1.0]), "egocentric": np.diag([1.0, -1.0, -1.0])}


@dataclass(frozen=True)
class Viewpoint:
    """Where the camera stands.

    Attributes:
        view: "facing" or "egocentric".
        distance_m: from the camera to the origin of the person's frame, which it looks at.
        turn: degrees (pitch, yaw) by which it looks from above and from the side.
        roll: degrees by which the image is turned clockwise.
    """

    view: View
    distance_m: float
    turn: tuple[float, float] = (0.0, 0.0)
    roll: float = 0.0

    def to_camera(self, points: Floats) -> Floats:
        """Points (..., 3) of the person's frame in the camera's."""
        return np.asarray(points @ self.rotation.T + np.array([0, 0, self.distance_m]))

    @property
    def rotation(self) -> Floats:
        """(3, 3): from the person's axes to the camera's."""
        return camera_rotation(np.array([*self.turn, self.roll]), self.view)

    @property
    def half_view_m(self) -> tuple[float, float]:
        """Half of the width and height at the origin that images of every shape show."""
        half = self.distance_m / (2 * _FOCAL_WIDTHS)
        return half, half / _ASPECT


def camera_rotation(turns: Floats, view: View) -> Floats:
    """From the person's axes to those of cameras that look askew.

    Args:
        turns: (..., 3) degrees of pitch (from above), yaw (from the side) and roll (the image turns clockwise).
        view: "facing" or "egocentric".

    Returns:
        (..., 3, 3) rotation matrices.
    """
    turns = np.deg2rad(turns)
    zero, one = np.zeros(turns.shape[:-1]), np.ones(turns.shape[:-1])
    (cos_x, cos_y, cos_z), (sin_x, sin_y, sin_z) = (
        np.moveaxis(wave(turns), -1, 0) for wave in (np.cos, np.sin)
    )
    about_x = rows_to_matrix([[one, zero, zero], [zero, cos_x, -sin_x], [zero, sin_x, cos_x]])
    about_y = rows_to_matrix([[cos_y, zero, sin_y], [zero, one, zero], [-sin_y, zero, cos_y]])
    about_z = rows_to_matrix([[cos_z, -sin_z, zero], [sin_z, cos_z, zero], [zero, zero, one]])
    return np.asarray(about_z @ about_x @ about_y @ _AXES[view])


def focal_px(image_size: tuple[int, int]) -> float:
    """The focal length in pixels: 58 degrees across an image of 4 : 3, the usual webcam's field of view.

    A wider image sees more at the sides and a higher one more above and below.
    """
    return _FOCAL_WIDTHS * min(image_size[0], image_size[1] * _ASPECT)


def project(points: Floats, image_size: tuple[int, int]) -> Floats:
    """Camera-frame points (..., 21, 3) as image landmarks (..., 21, 3).

    x and y in image widths and heights; z on x's scale relative to the wrist (the first point), smaller is
    nearer: MediaPipe's convention.
    """
    scale = focal_px(image_size) / np.array(image_size)
    depth = np.maximum(points[..., 2], 0.05)
    x, y = 0.5 + scale[0] * points[..., 0] / depth, 0.5 + scale[1] * points[..., 1] / depth
    z = scale[0] * (points[..., 2] - points[..., :1, 2]) / depth[..., :1]
    return np.stack([x, y, z], axis=-1)


def hidden_outside(landmarks: Floats) -> Array:
    """Image landmarks (..., 21, 3) as float32; NaN for a hand that is outside the image entirely."""
    x, y = landmarks[..., 0], landmarks[..., 1]
    seen = np.any((x >= 0) & (x < 1) & (y >= 0) & (y < 1), axis=-1)
    return np.where(seen[..., None, None], landmarks, np.nan).astype(np.float32)
