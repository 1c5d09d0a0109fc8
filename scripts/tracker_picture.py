"""Draws docs/tracker.jpg: a frame of the virtual hand on its way through the tracker, with the real models."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from gesture.landmarks.hand import HandReader
from gesture.landmarks.hand_models import load_hand_models
from gesture.landmarks.palm import PalmDetector
from gesture.landmarks.region import Region
from gesture.landmarks.tracking import TrackedHand, Tracking
from gesture.types import Array
from gesture.virtual import VirtualCamera, make_scene

TARGET = Path(__file__).parents[1] / "docs" / "tracker.jpg"
STEP_S = 1 / 30
FINGERS = [
    [0, 1, 2, 3, 4],
    [0, 5, 6, 7, 8],
    [9, 10, 11, 12],
    [13, 14, 15, 16],
    [0, 17, 18, 19, 20],
    [5, 9, 13, 17],
]
PALM, NOW, NEXT = "#e4572e", "#2e86ab", "#3fa34d"


def main() -> None:
    """Film a swipe, follow the hand over three frames, draw what each stage made of them."""
    scene = make_scene(["swipe_left"], seed=6, person=3, speed=2.5)
    camera = VirtualCamera(scene, seed=3)
    middle_s = (scene.takes[0].start_s + scene.takes[0].end_s) / 2
    before, now, later = (camera.image_at(middle_s + step * STEP_S) for step in (-1, 0, 1))

    models, tracking = load_hand_models(), Tracking()
    reader = HandReader(models.hand_landmarks)
    palm = PalmDetector(models.palm_detector).detect(before)[0]
    first = TrackedHand.new(reader.read(before, palm.region()), 0.0)
    second = first.followed_by(reader.read(now, first.expected(STEP_S, tracking)), STEP_S, is_clear=True)
    expected = second.expected(2 * STEP_S, tracking)
    third = reader.read(later, expected)

    figure, axes = plt.subplots(2, 3, figsize=(13.2, 7.0), layout="constrained")
    show(axes[0, 0], before, "1  The detector finds a palm in the whole image")
    draw_palm(axes[0, 0], palm.box, palm.points)
    show(axes[0, 1], before, "2  Region: the palm, larger, turned upright")
    draw_region(axes[0, 1], palm.region(), PALM)
    draw_crop(axes[0, 2], before, palm.region(), first.reading.points, "3  The landmark model reads the crop")
    show(axes[1, 0], now, "4  Next frame: read again, and the speed")
    draw_hand(axes[1, 0], second.reading.points, NOW)
    draw_motion(axes[1, 0], first.reading.points, second.reading.points)
    show(axes[1, 1], later, "5  The frame after: where the hand should be")
    draw_region(axes[1, 1], second.region, NOW, style=":")
    draw_region(axes[1, 1], expected, NEXT)
    draw_crop(axes[1, 2], later, expected, third.points, "6  Found, without the detector")
    figure.savefig(TARGET, dpi=80, pil_kwargs={"quality": 88})
    print(
        f"{TARGET}: presence {first.reading.presence:.2f}, {second.reading.presence:.2f}, {third.presence:.2f}"
    )


def show(axes: Axes, image: Array, title: str) -> None:
    axes.imshow(image)
    axes.set_title(title, fontsize=11, loc="left")
    axes.set_xlim(0, image.shape[1])
    axes.set_ylim(image.shape[0], 0)
    axes.set_axis_off()


def draw_palm(axes: Axes, box: Array, points: Array) -> None:
    axes.add_patch(plt.Rectangle(box[0], *(box[1] - box[0]), fill=False, color=PALM, linewidth=2))
    axes.plot(*points.T, "o", color=PALM, markersize=4)


def draw_region(axes: Axes, region: Region, color: str, style: str = "-") -> None:
    corners = np.array([[0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1], [0, 0, 1]]) @ region.to_image(1).T
    axes.plot(*corners.T, style, color=color, linewidth=2)
    axes.plot(*corners[:2].T, style, color=color, linewidth=5)  # the upper side


def draw_hand(axes: Axes, points: Array, color: str) -> None:
    for finger in FINGERS:
        axes.plot(*points[finger, :2].T, "-", color=color, linewidth=1.5)
    axes.plot(*points[:, :2].T, "o", color="white", markeredgecolor=color, markersize=4)


def draw_motion(axes: Axes, before: Array, now: Array) -> None:
    start, end = before[[0, 5, 9, 13, 17], :2].mean(axis=0), now[[0, 5, 9, 13, 17], :2].mean(axis=0)
    arrow = {"arrowstyle": "-|>", "color": NEXT, "linewidth": 2.5}
    axes.annotate("", xy=end + (end - start), xytext=end, arrowprops=arrow)


def draw_crop(axes: Axes, image: Array, region: Region, points: Array, title: str) -> None:
    """The region as the model sees it, and the landmarks in it."""
    import cv2

    matrix = region.to_image(224)
    show(
        axes, cv2.warpAffine(image, matrix, (224, 224), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP), title
    )
    inside = (points[:, :2] - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
    draw_hand(axes, inside, NEXT if "6" in title else PALM)


if __name__ == "__main__":
    main()
