"""Hand frames -> events: buffer, features, network and decision as one streaming object.

Live recognition, the demo and offline evaluation all run this; there is no second path. It has two halves: `Ticker`
(what the network says) and `Decisions` (what comes of it); calibration repeats the second alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from gesture.decision import Spotter
from gesture.features import Geometry
from gesture.manifest import Manifest
from gesture.runtime import GestureModel
from gesture.streams import LiveStreams
from gesture.types import Array, GestureEvent, Hand, HandFrame, Prediction, Recording, View
from gesture.windows import SequenceBuffer


@dataclass(frozen=True)
class Tick:
    """What the network says of one hand at one tick of its clock.

    Attributes:
        time_s: the tick.
        frame_s: the frame that settled it: a tick is decided only once a frame at or after it has come.
        hand: whose stream.
        probabilities: float32 (C,); None where the hand has left.
    """

    time_s: float
    frame_s: float
    hand: Hand
    probabilities: Array | None


class Ticker:
    """Hand frames -> ticks: buffer, features, network.

    Args:
        model: a trained model.
        view: where the camera stands; the model's own view when left out.
        mirrored: True if the images arrive flipped.
    """

    def __init__(self, model: GestureModel, view: View, mirrored: bool) -> None:
        self._model, self._view, self._mirrored = model, view, mirrored
        self._buffer = SequenceBuffer(model.manifest.rate_hz)
        self._streams = LiveStreams(model.manifest.hands, model.manifest.rate_hz)
        self._states: dict[Hand, Array] = {}

    def update(self, hand_frame: HandFrame) -> Iterator[Tick]:
        """The ticks that the next frame settles."""
        geometry = Geometry(hand_frame.image_size, self._view, self._mirrored)
        for row in self._streams.update(self._buffer.update(hand_frame), geometry):
            probabilities = None
            if row.features is not None:
                state = self._model.initial_state if row.starts else self._states[row.hand]
                probabilities, self._states[row.hand] = self._model.step(row.features, state)
            yield Tick(row.time_s, hand_frame.time_s, row.hand, probabilities)


class Decisions:
    """Ticks -> events: one `Spotter` for each hand.

    Args:
        manifest: labels, thresholds and the other parameters of the decision.
    """

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._spotters: dict[Hand, Spotter] = {}
        self._frame_s = 0.0

    def update(self, tick: Tick) -> list[GestureEvent]:
        """The events of one tick. Their `time_s` is the frame's: a delay that left this out would flatter."""
        self._frame_s = tick.frame_s
        spotter = self._spotter(tick.hand)
        if tick.probabilities is None:
            events = spotter.clear(tick.time_s)
        else:
            events = spotter.update(tick.probabilities, tick.time_s)
        return [replace(event, time_s=tick.frame_s) for event in events]

    def _spotter(self, hand: Hand) -> Spotter:
        if hand not in self._spotters:
            manifest = self._manifest
            self._spotters[hand] = Spotter(
                manifest.labels, manifest.thresholds, manifest.decision, hand, manifest.rate_hz
            )
        return self._spotters[hand]

    def finish(self) -> list[GestureEvent]:
        """The stream is over: the ends of gestures that were going on."""
        return [event for spotter in self._spotters.values() for event in spotter.clear(self._frame_s)]


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
        self._ticker = Ticker(model, self.view, mirrored)
        self._decisions = Decisions(model.manifest)

    def update(self, hand_frame: HandFrame) -> list[GestureEvent]:
        """Take the next frame.

        Args:
            hand_frame: later than the one before.

        Returns:
            The events that it decided.

        Raises:
            ValueError: if time did not advance.
        """
        events: list[GestureEvent] = []
        for tick in self._ticker.update(hand_frame):
            self._note(tick)
            events += self._decisions.update(tick)
        return events

    def _note(self, tick: Tick) -> None:
        if tick.probabilities is None:
            self.predictions.pop(tick.hand, None)
        else:
            self.predictions[tick.hand] = Prediction(tick.time_s, tick.hand, tick.probabilities)

    def finish(self) -> list[GestureEvent]:
        """The stream is over: the ends of gestures that were going on."""
        return self._decisions.finish()


def spot(model: GestureModel, recording: Recording) -> list[GestureEvent]:
    """The events of a whole recording, through the live code, frame by frame.

    Args:
        model: a trained model.
        recording: with its own view and mirroring.

    Example:
        >>> [event.label for event in spot(model, recording) if event.phase == "onset"]
        ['swipe_left', 'wave']
    """
    return decide(ticks(model, recording), model.manifest)


def ticks(model: GestureModel, recording: Recording) -> Iterator[Tick]:
    """What the network says of a whole recording."""
    ticker = Ticker(model, recording.view, recording.mirrored)
    for index in range(len(recording)):
        yield from ticker.update(recording.frame(index))


def hear(model: GestureModel, recordings: Iterable[Recording]) -> Iterator[list[Tick]]:
    """What the network says of each of several recordings, for those who decide on it more than once."""
    return (list(ticks(model, recording)) for recording in recordings)


def decide(ticks: Iterable[Tick], manifest: Manifest) -> list[GestureEvent]:
    """The events that come of ticks, in the order in which they are decided."""
    decisions = Decisions(manifest)
    return [event for tick in ticks for event in decisions.update(tick)] + decisions.finish()
