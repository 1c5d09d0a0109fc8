"""Drawing: the live window's picture, skeletons and filmstrips; the window and the video file that show them.

Images are uint8 (height, width, 3), RGB. Nothing here decides anything.
"""

from gesture.display.filmstrip import draw_filmstrip
from gesture.display.hands import draw_hands, draw_skeleton
from gesture.display.review_screen import ReviewScreen
from gesture.display.screen import draw_live
from gesture.display.session_screen import draw_session
from gesture.display.status import FADE_S, LiveStatus
from gesture.display.text import write
from gesture.display.window import VideoSink, Window, display_available

__all__ = [
    "FADE_S",
    "LiveStatus",
    "ReviewScreen",
    "VideoSink",
    "Window",
    "display_available",
    "draw_filmstrip",
    "draw_hands",
    "draw_live",
    "draw_session",
    "draw_skeleton",
    "write",
]
