"""The errors a user can meet. Each says what happened, what was expected and what to do."""


class GestureError(Exception):
    """Base of every error that `gesture` raises on purpose; the command line prints it as one line.

    Example:
        >>> raise CameraError("camera 3: not found. Run 'gesture cameras' to see what there is.")
        Traceback (most recent call last):
        gesture.errors.CameraError: camera 3: not found. Run 'gesture cameras' to see what there is.
    """


class CameraError(GestureError):
    """A camera, video file or stream that cannot be opened, or that stopped delivering."""


class DataError(GestureError):
    """A recording, take, label or folder of recordings that cannot be used as it is."""


class ModelError(GestureError):
    """A trained model or a hand model that is missing, damaged or made for another version."""
