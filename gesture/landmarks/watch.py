"""When to search the whole image once more, while some hand is in view already and another may appear.

A search costs as much as following a hand. So it is made at a loss at once, then at growing intervals; and
else only when something has changed in view beside the hands that are known, of which a small image tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from gesture.landmarks.region import Region

NUM_CELLS, NUM_POINTS = 48, 4
"""The small image: so many cells across, each the mean of 4 x 4 points."""
CHANGE, CHANGED_CELLS = 10, 4
"""The smallest hand that the detector finds covers four cells, and is told from its background by more than
10 grey levels; the noise of a cell is a quarter of the camera's."""


@dataclass(frozen=True, eq=False)
class View:
    """A small image of what is in view.

    Attributes:
        colors: uint8 (rows, 48, 3).
        is_open: bool (rows, 48), where no known hand is.
    """

    colors: NDArray[np.uint8]
    is_open: NDArray[np.bool_]

    @classmethod
    def of(cls, image: NDArray[np.uint8], known: Sequence[Region]) -> Self:
        """The view of an image, uint8 (height, width, 3), with hands in the known regions."""
        height, width = image.shape[:2]
        num_rows = max(1, round(NUM_CELLS * height / width))
        points = cv2.resize(
            image, (NUM_CELLS * NUM_POINTS, num_rows * NUM_POINTS), interpolation=cv2.INTER_LINEAR
        )
        colors = cv2.resize(points, (NUM_CELLS, num_rows), interpolation=cv2.INTER_AREA)
        is_open = np.ones((num_rows, NUM_CELLS), np.bool_)
        for region in known:
            middle = np.array([region.y_px, region.x_px])
            reach = np.array([[-0.5], [0.5]]) * region.size_px
            (top, left), (bottom, right) = np.clip(
                (middle + reach) * NUM_CELLS / width, 0, 2 * NUM_CELLS
            ).astype(int)
            is_open[top : bottom + 1, left : right + 1] = False
        return cls(np.asarray(colors, np.uint8), is_open)

    def differs_from(self, other: View) -> bool:
        """Whether something has changed beside the known hands of either; images of one shape."""
        changes = cv2.absdiff(self.colors, other.colors).max(axis=-1)
        return int((changes[self.is_open & other.is_open] > CHANGE).sum()) >= CHANGED_CELLS


class Watch:
    """Says in which frames to search.

    Args:
        check_s: for how long it is not even checked whether something new is in view.
        alert_s: for how long after a loss searches need no change in view.
        still_s: for how long there is no search in an unchanged view.
    """

    def __init__(self, check_s: float, alert_s: float, still_s: float) -> None:
        self._check_s, self._alert_s, self._still_s = check_s, alert_s, still_s
        self._checked_s = self._searched_s = self._lost_s = float("-inf")
        self._searched: View | None = None

    def is_due(self, time_s: float, image: NDArray[np.uint8], known: Sequence[Region], is_lost: bool) -> bool:
        """Whether to search this image, in which hands are known in some regions.

        Args:
            is_lost: whether a hand was lost in this very frame.
        """
        if is_lost:
            self._lost_s = time_s
        if not known:
            self._checked_s = time_s
            return True
        if time_s - self._checked_s < min(self._check_s, (time_s - self._lost_s) / 2):
            return False
        self._checked_s = time_s
        view = View.of(image, known)
        if not self._is_open(time_s) and not self._has_changed(view):
            return False
        self._searched, self._searched_s = view, time_s
        return True

    def _is_open(self, time_s: float) -> bool:
        return time_s - self._lost_s < self._alert_s or time_s - self._searched_s >= self._still_s

    def _has_changed(self, view: View) -> bool:
        before = self._searched
        return before is None or before.colors.shape != view.colors.shape or view.differs_from(before)
