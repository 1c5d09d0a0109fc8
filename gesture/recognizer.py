"""Hand frames -> events: buffer, features, network and decision as one streaming object.

Live recognition, the demo and offline evaluation all run this; there is no second path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from gesture.decision import Spotter
from gesture.features import Geometry
from gesture.runtime import GestureModel
from gesture.streams import LiveStreams, StreamRow
from gesture.types import Array, GestureEvent, Hand, HandFrame, Prediction, Recording, View
from gesture.windows import SequenceBuffer, single_rows


class Recognizer:
    """Spots gestures in a stream of hand frames.

    Args:
        model: a trained model.
        view: where the camera stands; the model's own view when left out.
        mirrored: True if the images arrive flipped.

    Example:
        >>> recognizer = Recognizer(GestureModel.load("models/default"))
        >>> for hand_frame in hand_frames:
        ...     for event in recognizer.update(hand_frame):
        ...         print(event.label, event.phase)
    """

    def __init__(self, model: GestureModel, *, view: View | None = None, mirrored: bool = False) -> None:
        self.model = model
        self.predictions: dict[Hand, Prediction] = {}
        """The newest prediction for each hand that is in view."""
        self.view: View = view or model.manifest.view
        self.mirrored = mirrored
        self._buffer = SequenceBuffer(model.manifest.rate_hz)
        self._streams = LiveStreams(model.manifest.hands, model.manifest.rate_hz)
        self._states: dict[Hand, Array] = {}
        self._spotters: dict[Hand, Spotter] = {}
        self._time_s = 0.0

    def update(self, hand_frame: HandFrame) -> list[GestureEvent]:
        """Take the next frame.

        Args:
            hand_frame: later than the one before.

        Returns:
            The events that it decided, their `time_s` the time of this frame: a tick is settled only once a frame
            at or after it has come, and a delay that left this out would flatter.

        Raises:
            ValueError: if time did not advance.
        """
        rows = self._buffer.update(hand_frame)
        geometry = Geometry(hand_frame.image_size, self.view, self.mirrored)
        self._time_s = hand_frame.time_s
        events: list[GestureEvent] = []
        for row in single_rows(rows):
            for stream_row in self._streams.update(row, geometry):
                events += self._step(stream_row, float(row.times_s[0]))
        return [replace(event, time_s=hand_frame.time_s) for event in events]

    def _step(self, row: StreamRow, time_s: float) -> list[GestureEvent]:
        spotter = self._spotter(row.hand)
        if row.features is None:
            self.predictions.pop(row.hand, None)
            return spotter.clear(time_s)
        state = self.model.initial_state if row.starts else self._states[row.hand]
        probabilities, self._states[row.hand] = self.model.step(row.features, state)
        self.predictions[row.hand] = Prediction(time_s, row.hand, probabilities)
        return spotter.update(probabilities, time_s)

    def _spotter(self, hand: Hand) -> Spotter:
        if hand not in self._spotters:
            manifest = self.model.manifest
            self._spotters[hand] = Spotter(
                manifest.labels, manifest.thresholds, manifest.decision, hand, manifest.rate_hz
            )
        return self._spotters[hand]

    def finish(self) -> list[GestureEvent]:
        """The stream is over: the ends of gestures that were going on."""
        return [event for spotter in self._spotters.values() for event in spotter.clear(self._time_s)]


def spot(model: GestureModel, recording: Recording) -> list[GestureEvent]:
    """The events of a whole recording, through the live code, frame by frame.

    Args:
        model: a trained model.
        recording: with its own view and mirroring.

    Example:
        >>> [event.label for event in spot(model, recording) if event.phase == "onset"]
        ['swipe_left', 'wave']
    """
    recognizer = Recognizer(model, view=recording.view, mirrored=recording.mirrored)
    events = list(_updates(recognizer, (recording.frame(index) for index in range(len(recording)))))
    return events + recognizer.finish()


def _updates(recognizer: Recognizer, hand_frames: Iterable[HandFrame]) -> Iterator[GestureEvent]:
    for hand_frame in hand_frames:
        yield from recognizer.update(hand_frame)
