"""One of the two hand models on LiteRT: a piece of an image goes in, the model's outputs come out."""

from __future__ import annotations

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from gesture.landmarks.region import Region
from gesture.quiet import quiet_native
from gesture.types import Array


class Network:
    """A model whose input is one square image.

    Args:
        model: the content of a `.tflite` file.
        border: what lies outside the image, one of OpenCV's border types.
        num_threads: of LiteRT.

    Attributes:
        num_px: the side of the model's input.
    """

    def __init__(self, model: bytes, border: int, num_threads: int) -> None:
        with quiet_native():
            self._interpreter = Interpreter(model_content=model, num_threads=num_threads)
            self._interpreter.allocate_tensors()
        model_input = self._interpreter.get_input_details()[0]
        self._input = model_input["index"]
        self._outputs = [output["index"] for output in self._interpreter.get_output_details()]
        self._border = border
        self.num_px = int(model_input["shape"][1])
        self._crop = np.empty((self.num_px, self.num_px, 3), np.uint8)

    def run(self, image: NDArray[np.uint8], region: Region) -> list[Array]:
        """Copies of the model's outputs for a region of an image, uint8 (height, width, 3) RGB.

        The model sees grey levels from 0 to 1.
        """
        cv2.warpAffine(
            image,
            region.to_image(self.num_px),
            (self.num_px, self.num_px),
            dst=self._crop,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=self._border,
        )
        # Straight into the model's memory. No name may keep that view: LiteRT does not run while one does.
        np.multiply(self._crop, np.float32(1 / 255), out=self._interpreter.tensor(self._input)()[0])
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index)[0] for index in self._outputs]
