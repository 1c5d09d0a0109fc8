"""Settings for all tests."""

import os

from desktop import x_server
from hypothesis import settings

__all__ = ["x_server"]

# How long an example takes says more about the machine than about the code. (Hypothesis has its own profile for CI.)
settings.register_profile("local", deadline=None)
if "CI" not in os.environ:
    settings.load_profile("local")
