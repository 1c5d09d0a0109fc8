"""Keeps the chatter of native libraries off the screen, and nothing else."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_CHATTER = re.compile(rb"WARNING: |INFO: |To enable the following|[IW]\d{4} |E\d{4} .*cu(da|Init)|\s*$")
"""How the lines begin that TFLite, absl and TensorFlow print on every start, and that mean nothing to anyone here."""


@contextmanager
def quiet_native() -> Iterator[None]:
    """Keep native chatter off the standard error stream and pass on afterwards whatever else was printed.

    Native code writes to the file descriptor, past `sys.stderr`, and obeys no documented switch.

    Example:
        >>> with quiet_native():
        ...     interpreter = Interpreter(model_content=network)
    """
    with tempfile.TemporaryFile() as printed:
        original = os.dup(2)
        os.dup2(printed.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(original, 2)
            os.close(original)
            printed.seek(0)
            os.write(2, b"".join(line for line in printed if not _CHATTER.match(line)))
