"""A trained Keras network -> files for other runtimes, each checked against Keras on what the features give.

`litert` makes the network that runs live, `formats` writes and reads each format, `folder` puts a format, its
description and an example that needs nothing of this package into one folder.
"""

from gesture.export.folder import Export, default_output, export_model
from gesture.export.formats import FORMATS, Format
from gesture.export.litert import to_litert
from gesture.export.parity import MAX_DIFFERENCE, check_parity, stepped

__all__ = [
    "FORMATS",
    "MAX_DIFFERENCE",
    "Export",
    "Format",
    "check_parity",
    "default_output",
    "export_model",
    "stepped",
    "to_litert",
]
