"""Settings for all tests."""

import os
import signal

from desktop import x_server
from hypothesis import settings

__all__ = ["x_server"]

# How long an example takes says more about the machine than about the code. (Hypothesis has its own profile for CI.)
settings.register_profile("local", deadline=None)
if "CI" not in os.environ:
    settings.load_profile("local")

# A shell has what it starts in the background ignore interrupts, and children inherit that; tests interrupt them.
signal.signal(signal.SIGINT, signal.default_int_handler)
