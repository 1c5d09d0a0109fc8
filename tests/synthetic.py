"""Recordings made of arithmetic, for tests that need no hand models: a stiff hand that travels."""

from __future__ import annotations

import numpy as np

from gesture.types import Recording, Take

IMAGE_SIZE = (640, 480)
_FINGERS = np.linspace(-0.35, 0.35, 5)


def open_hand() -> np.ndarray:
    """(21, 3): an open right hand in hand lengths, wrist at the origin, fingers towards -y (up in an image)."""
    points = [np.zeros(3)]
    for spread in _FINGERS[::-1]:
        for reach in (0.55, 0.8, 1.0, 1.15):
            points.append(np.array([spread * reach * 1.4, -reach, -0.05 * reach]))
    points = np.array(points)
    points[5::4, 1] = -np.array([0.95, 1.0, 0.95, 0.85])
    return points


def hand_at(
    x: np.ndarray, y: np.ndarray, *, size: float = 0.12, slot: int = 1, roll: float = 0.0
) -> np.ndarray:
    """(T, 21, 3) in image coordinates: a hand with its wrist at (x, y), of `size` image widths."""
    width, height = IMAGE_SIZE
    points = open_hand()
    turn = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    points = points @ turn.T
    if slot == 0:
        points = points * (-1, 1, 1)
    scaled = points * size * np.array([1, width / height, 1])
    return scaled + np.stack([x, y, np.zeros_like(x)], axis=-1)[:, None]


def recording_of(
    paths: dict[int, np.ndarray],
    *,
    rate_hz: float = 30.0,
    takes: tuple[Take, ...] = (),
    person: str = "p1",
    name: str = "",
    jitter: float = 0.0,
    seed: int = 0,
) -> Recording:
    """A recording of hands whose wrists follow `paths[slot]` (T, 2); NaN rows are frames without that hand."""
    num_frames = len(next(iter(paths.values())))
    rng = np.random.default_rng(seed)
    landmarks = np.full((num_frames, 2, 21, 3), np.nan, np.float32)
    for slot, path in paths.items():
        landmarks[:, slot] = hand_at(path[:, 0], path[:, 1], slot=slot)
    landmarks += rng.normal(0, jitter, landmarks.shape).astype(np.float32) if jitter else 0
    scores = np.where(np.isnan(landmarks[:, :, 0, 0]), np.nan, 0.95).astype(np.float32)
    return Recording(
        times_s=np.arange(num_frames) / rate_hz,
        landmarks=landmarks,
        world_landmarks=(landmarks - landmarks[:, :, :1]).astype(np.float32),
        scores=scores,
        presence=scores.copy(),
        takes=takes,
        person=person,
        image_size=IMAGE_SIZE,
        engine="test",
        name=name,
    )


def strokes(
    labels: list[str],
    *,
    seed: int = 0,
    person: str = "p1",
    name: str = "",
    rate_hz: float = 30.0,
    slot: int = 1,
) -> Recording:
    """A hand that makes straight strokes ("left", "right", "up": as the person sees them) with rests between.

    Between strokes the hand goes slowly back to the middle.
    """
    rng = np.random.default_rng(seed)
    directions = {"left": (0.3, 0.0), "right": (-0.3, 0.0), "up": (0.0, -0.3), "down": (0.0, 0.3)}
    place, takes = [np.full((round(rate_hz), 2), 0.5)], []
    for label in labels:
        step = np.array(directions[label]) * rng.uniform(0.8, 1.2)
        num_out, num_back = round(rate_hz * rng.uniform(0.35, 0.5)), round(rate_hz * rng.uniform(1.2, 1.6))
        start_s = sum(map(len, place)) / rate_hz
        ease = 0.5 - 0.5 * np.cos(np.pi * np.linspace(0, 1, num_out))[:, None]
        back = 0.5 + 0.5 * np.cos(np.pi * np.linspace(0, 1, num_back))[:, None]
        place += [0.5 + ease * step, 0.5 + back * step, np.full((round(rate_hz * 0.7), 2), 0.5)]
        takes.append(Take(start_s, start_s + num_out / rate_hz, label, ("left", "right")[slot]))
    path = np.concatenate(place)
    return recording_of(
        {slot: path}, rate_hz=rate_hz, takes=tuple(takes), person=person, name=name, jitter=0.001, seed=seed
    )
