"""The virtual hand: a camera with no camera, and the truth beside every frame.

`anatomy` (bones) -> `motion` (paths) -> `gestures`, `poses`, `idle`, `near_misses` (scripts) -> `people`, `variety`
-> `performer` -> `scene` -> `render` -> `camera`. Everything up to `scene` is NumPy over time; only `render` and
`camera` draw.
"""

from gesture.virtual.camera import VirtualCamera
from gesture.virtual.gestures import GESTURES, MOVES
from gesture.virtual.people import Person, make_person
from gesture.virtual.poses import HELD
from gesture.virtual.scene import Scene, make_crossing_scene, make_empty_scene, make_idle_scene, make_scene
from gesture.virtual.variety import USUAL, WIDE, Variety

__all__ = [
    "GESTURES",
    "HELD",
    "MOVES",
    "USUAL",
    "WIDE",
    "Person",
    "Scene",
    "Variety",
    "VirtualCamera",
    "make_crossing_scene",
    "make_empty_scene",
    "make_idle_scene",
    "make_person",
    "make_scene",
]
