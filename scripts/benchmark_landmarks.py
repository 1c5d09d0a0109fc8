"""Our hand tracker beside MediaPipe: the same frames, the same number of threads, one run."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from landmark_clips import compare_clips
from landmark_time import hand_video, one_hand_clips, start_up, time_per_frame, two_hand_clips
from landmark_virtual import crossing_hands, false_hands_virtual, fast_swipes
from results import publish, table
from rich.console import Console
from rich.table import Table

from gesture.camera.opencv import cv2
from gesture.landmarks.hand_models import HandModels, load_hand_models

TRIALS = ("clips", "no_hand", "swipes", "crossing", "time", "start")
RATES_HZ = (30, 15)

Numbers = dict[str, Any]
Bar = tuple[str, float, float]
"""What is measured, the number, and the most that it may be."""


@click.command()
@click.option(
    "--data", type=click.Path(path_type=Path, exists=True), envvar="GESTURE_DATA", help="Real clips."
)
@click.option("--only", multiple=True, type=click.Choice(TRIALS), help="Some of the trials; repeatable.")
@click.option("--runs", default=5, show_default=True, help="Of the start.")
@click.option("--json", "as_json", is_flag=True)
@click.option("--write", is_flag=True, help="Put the table into docs/tracker.md.")
def main(data: Path | None, only: tuple[str, ...], runs: int, as_json: bool, write: bool) -> None:
    """Accuracy, frames with a hand, false hands, fast swipes, crossing hands, time and start-up.

    Takes some ten minutes; without --data the real clips are left out.
    """
    cv2.setNumThreads(1)
    console = Console(stderr=True)
    numbers = measure(
        load_hand_models(), data, only or TRIALS, runs, lambda text: console.print(text, style="dim")
    )
    numbers["bars"] = [
        {"bar": text, "value": value, "limit": limit, "met": value <= limit}
        for text, value, limit in bars(numbers)
    ]
    if write:
        publish("landmarks", as_markdown(numbers), "tracker.md")
    click.echo(json.dumps(numbers)) if as_json else show(numbers)


def measure(
    models: HandModels, data: Path | None, trials: tuple[str, ...], runs: int, report: Callable[[str], None]
) -> Numbers:
    """The numbers of some trials, by trial."""
    measures: dict[str, Callable[[], Any]] = {
        "clips": lambda: compare_clips(data, models, report) if data else None,
        "no_hand": lambda: false_hands_virtual(models),
        "swipes": lambda: {f"{rate_hz} Hz": fast_swipes(models, rate_hz) for rate_hz in RATES_HZ},
        "crossing": lambda: crossing_hands(models),
        "time": lambda: times(models, data),
        "start": lambda: starts(models, runs),
    }
    numbers = {}
    for trial in trials:
        report(trial)
        numbers[trial] = measures[trial]()
    return {trial: result for trial, result in numbers.items() if result is not None}


def times(models: HandModels, data: Path | None) -> Numbers:
    one_hand, two_hands = one_hand_clips(data), two_hand_clips()
    return {
        "one slot": time_per_frame(one_hand, models, 1),
        "two slots, one hand": time_per_frame(one_hand, models, 2),
        "two slots, two hands": time_per_frame(two_hands, models, 2),
    }


def starts(models: HandModels, runs: int) -> Numbers:
    with tempfile.TemporaryDirectory() as folder:
        return start_up(hand_video(Path(folder)), models, runs)


def bars(numbers: Numbers) -> list[Bar]:
    """The promises that the numbers are held to."""
    found: list[Bar] = []
    if clips := numbers.get("clips"):
        same, seen, false = (
            clips["same_hands"]["faithful"],
            clips["frames_with_a_hand"],
            clips["false_hands_real"],
        )
        found += [
            ("same hands as MediaPipe, median difference in hand sizes", same["median"], 0.015),
            ("same hands as MediaPipe, 95th percentile", same["p95"], 0.06),
            ("handedness that differs, both sure", round(1 - same["same_handedness"], 4), 0.01),
            (
                "gesture clips, MediaPipe's frames with a hand per our frame",
                _ratio(seen["mediapipe"], seen["ours"]),
                1.0,
            ),
            ("false hands, real frames", false["ours"], false["mediapipe"]),
        ]
    if false := numbers.get("no_hand"):
        found.append(("false hands, virtual camera", false["ours"], false["mediapipe"]))
    for rate, swipes in numbers.get("swipes", {}).items():
        lost, off = swipes["lost_in_strokes"], swipes["error_where_both"]
        found.append(
            (
                f"fast swipes, {rate}, lost frames per MediaPipe's",
                _ratio(lost["ours"], lost["mediapipe"]),
                0.5,
            )
        )
        found.append(
            (f"fast swipes, {rate}, mean error per MediaPipe's", _ratio(off["ours"], off["mediapipe"]), 1.0)
        )
    if crossing := numbers.get("crossing"):
        off = crossing["error_where_both"]
        found.append(("crossing hands, swapped slots", crossing["swapped"]["ours"], 0))
        found.append(
            ("crossing hands, mean error per MediaPipe's", _ratio(off["ours"], off["mediapipe"]), 1.0)
        )
    for case, limit in (("one slot", 1.0), ("two slots, one hand", 0.55), ("two slots, two hands", 1.0)):
        if "time" in numbers:
            found.append((f"time per frame, {case}, per MediaPipe's", numbers["time"][case]["ratio"], limit))
    if start := numbers.get("start"):
        found.append(("from process start to the first landmarks, per MediaPipe's", start["ratio"], 0.6))
    return found


def as_markdown(numbers: Numbers) -> str:
    rows = [
        [bar["bar"], f"{bar['value']:g}", f"{bar['limit']:g}", "" if bar["met"] else "not met"]
        for bar in numbers["bars"]
    ]
    if clips := numbers.get("clips"):
        seen, predicted = clips["frames_with_a_hand"], clips["same_hands"]["ours"]
        rows += [
            [
                "gesture clips, frames with a hand: ours, MediaPipe's",
                f"{seen['ours']}, {seen['mediapipe']}",
                "",
                "",
            ],
            [
                "as shipped, motion predicted: median, 95th percentile of the difference",
                f"{predicted['median']:g}, {predicted['p95']:g}",
                "",
                "",
            ],
            [
                "MediaPipe against itself with two grey levels of noise",
                f"{clips['same_hands']['noisy']['median']:g}, {clips['same_hands']['noisy']['p95']:g}",
                "",
                "",
            ],
        ]
    return table(["", "measured", "at most", ""], rows)


def _ratio(number: float, other: float) -> float:
    return round(number / other, 3) if other else float("inf")


def show(numbers: Numbers) -> None:
    """The bars as a table, then everything measured."""
    console = Console()
    table = Table("", "measured", "at most", "", box=None)
    for bar in numbers.pop("bars"):
        table.add_row(
            bar["bar"], f"{bar['value']:g}", f"{bar['limit']:g}", "met" if bar["met"] else "[bold]not met"
        )
    console.print(table)
    for trial, results in numbers.items():
        console.print(f"\n[bold]{trial}")
        for name, value in results.items():
            console.print(f"  {name}: {value}", highlight=False)
    console.print(f"\n{os.cpu_count()} cores, one thread each for LiteRT, XNNPACK and OpenCV")


if __name__ == "__main__":
    main()
