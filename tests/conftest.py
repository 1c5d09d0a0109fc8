"""Settings for all tests."""

import logging
import os
import signal
from collections.abc import Iterator

import pytest
from desktop import x_server
from hypothesis import settings

__all__ = ["x_server"]

# How long an example takes says more about the machine than about the code. (Hypothesis has its own profile for CI.)
settings.register_profile("local", deadline=None)
if "CI" not in os.environ:
    settings.load_profile("local")

# A shell has what it starts in the background ignore interrupts, and children inherit that; tests interrupt them.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """A command writes to the stderr of its time: no later test is to hear of one that was closed."""
    yield
    logger = logging.getLogger("gesture")
    logger.handlers, logger.propagate = [], True
    logger.setLevel(logging.NOTSET)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first, so that no process is left with one when the others have nothing to do."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
