"""Settings for all tests."""

import os

from hypothesis import settings

# How long an example takes says more about the machine than about the code. (Hypothesis has its own profile for CI.)
settings.register_profile("local", deadline=None)
if "CI" not in os.environ:
    settings.load_profile("local")
