"""Makes docs/live.png: the live window of the demo, just after a gesture was spotted.

.venv/bin/python scripts/readme_picture.py [LABEL]
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2

from gesture.demo import Score, demo_scene, shown
from gesture.landmarks import Landmarker
from gesture.live import LiveView, observe
from gesture.manifest import shipped_model
from gesture.recognizer import Recognizer
from gesture.runtime import GestureModel
from gesture.virtual import VirtualCamera

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "live.png"
AFTER_S = 0.12


def main(label: str = "swipe_left") -> None:
    recognizer = Recognizer(GestureModel.load(shipped_model()))
    camera = VirtualCamera(demo_scene(0, recognizer.model.manifest.labels))
    view = LiveView(recognizer, "default", mirror=True)
    score, due_s = Score(camera.takes, []), float("inf")
    with Landmarker() as landmarker:
        for observation in observe(camera, landmarker, recognizer):
            time_s = observation.hand_frame.time_s
            for event in observation.events:
                if event.phase == "onset" and score.add(event) and event.label == label:
                    due_s = time_s + AFTER_S
            view.truth, view.score = shown(camera.takes, time_s), score.line(time_s)
            view.add(observation)
            if time_s >= due_s:
                cv2.imwrite(str(PICTURE), cv2.cvtColor(view.draw(observation), cv2.COLOR_RGB2BGR))
                print(PICTURE)
                return
    sys.exit(f"{label} was not spotted in the demo. Choose another label.")


if __name__ == "__main__":
    main(*sys.argv[1:])
