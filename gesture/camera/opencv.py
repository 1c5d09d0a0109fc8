"""OpenCV, told before it loads to open webcams fast and to keep its messages to itself."""

from __future__ import annotations

import os

# What a user has to know is said in `CameraError` and in the log, not by FFmpeg and OpenCV on stderr.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
# Windows: with hardware transforms some webcams take minutes to open (opencv/opencv#17687).
os.environ.setdefault("OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS", "0")

import cv2

if "OPENCV_LOG_LEVEL" not in os.environ:
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

__all__ = ["cv2"]
