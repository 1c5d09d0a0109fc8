"""How long a training takes: ten labels, twenty takes of a second each, by four people."""

from __future__ import annotations

import json
import time

import click
import numpy as np

from gesture.types import Recording, Take

NUM_LABELS, NUM_TAKES, NUM_PEOPLE, RATE_HZ = 10, 20, 4, 30.0


def recording_of(person: int) -> Recording:
    """One person's takes: a hand that travels along a path of its own for each label, rests between."""
    rng = np.random.default_rng(person)
    hand = np.random.default_rng(0).normal(0, 0.04, (21, 3)).astype(np.float32)
    frames, takes, now_s = [], [], 1.0
    labels = [f"gesture{i}" for i in range(NUM_LABELS)] * (NUM_TAKES // NUM_PEOPLE)
    frames.append(np.zeros((round(RATE_HZ), 2)))
    for label in labels:
        angle = 2 * np.pi * int(label[7:]) / NUM_LABELS
        reach = rng.uniform(0.2, 0.3) * np.array([np.cos(angle), np.sin(angle)])
        out = (0.5 - 0.5 * np.cos(np.pi * np.linspace(0, 1, round(RATE_HZ))))[:, None] * reach
        frames += [out, out[::-1], np.zeros((round(RATE_HZ / 2), 2))]
        takes.append(Take(now_s, now_s + 1.0, label, "right"))
        now_s += 2.5
    path = np.concatenate(frames)
    landmarks = np.full((len(path), 2, 21, 3), np.nan, np.float32)
    landmarks[:, 1] = 0.5 + hand
    landmarks[:, 1, :, :2] += path[:, None]
    landmarks[:, 1] += rng.normal(0, 0.001, landmarks[:, 1].shape)
    scores = np.tile(np.array([np.nan, 0.95], np.float32), (len(path), 1))
    return Recording(
        times_s=np.arange(len(path)) / RATE_HZ,
        landmarks=landmarks,
        world_landmarks=landmarks,
        scores=scores,
        presence=scores,
        takes=tuple(takes),
        person=f"p{person}",
        image_size=(640, 480),
        name=f"p{person}",
    )


@click.command()
@click.option("--json", "as_json", is_flag=True)
def main(as_json: bool) -> None:
    """Seconds from recordings to a checked, exported model, TensorFlow's import included."""
    recordings = [recording_of(person) for person in range(NUM_PEOPLE)]
    started = time.perf_counter()
    from gesture.train import fit

    training = fit(recordings)
    result = {
        "labels": NUM_LABELS,
        "takes_per_label": NUM_TAKES,
        "epochs": len(training.history),
        "seconds": round(time.perf_counter() - started, 1),
        "held_out": str(training.evaluation),
    }
    click.echo(
        json.dumps(result) if as_json else "\n".join(f"{name}: {value}" for name, value in result.items())
    )


if __name__ == "__main__":
    main()
