"""Imports point only downwards, so the package can be read from the first module to the last."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "gesture"

ORDER = [
    "types",
    "errors",
    "quiet",
    "folders",
    "virtual",
    "camera",
    "landmarks",
    "recording",
    "windows",
    "trimming",
    "upkeep",
    "importing",
    "session",
    "features",
    "streams",
    "decision",
    "model",
    "head",
    "manifest",
    "runtime",
    "recognizer",
    "display",
    "plots",
    "evaluation",
    "export",
    "training",
    "train",
    "learning",
    "report",
    "listing",
    "import_screen",
    "training_screen",
    "tuning_screen",
    "record",
    "recorder",
    "review",
    "live",
    "demo",
    "doctor",
    "cli",
]
"""Each module or folder of the package, first to read first; it imports only what stands before it."""

MAY_IMPORT_TENSORFLOW = {"model", "train", "export", "inspect"}


def imported_names(source: str, module: str, is_package: bool = False) -> Iterator[str]:
    """The full names that a module imports, wherever in it: `from a import b` gives `a.b`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = module.split(".")[: -node.level + is_package or None] if node.level else []
            base = ".".join([*parents, node.module] if node.module else parents)
            yield from (f"{base}.{alias.name}" for alias in node.names)


def layer(name: str) -> str | None:
    """`gesture.virtual.hand` -> `virtual`; None for what is not a module of this package."""
    first, _, rest = name.partition(".")
    return rest.partition(".")[0] if first == "gesture" and rest not in ("", "__version__") else None


def upward_imports(source: str, module: str, is_package: bool = False) -> list[str]:
    """What a module imports from its own layer's successors, or from layers unknown to ORDER."""
    own = layer(module)
    below = ORDER[: ORDER.index(own) + 1] if own in ORDER else []
    layers = {layer(name) for name in imported_names(source, module, is_package)}
    return sorted(name for name in layers if name and name not in below)


def modules() -> dict[str, Path]:
    """Every module of the package by its full name, but for `gesture` itself and `gesture.__main__`."""
    paths = {path: path.relative_to(PACKAGE.parent).with_suffix("").parts for path in PACKAGE.rglob("*.py")}
    named = {".".join(part for part in parts if part != "__init__"): path for path, parts in paths.items()}
    return {name: path for name, path in sorted(named.items()) if name not in ("gesture", "gesture.__main__")}


def is_package(path: Path) -> bool:
    return path.name == "__init__.py"


def test_every_module_has_its_place_in_the_order() -> None:
    assert {layer(name) for name in modules()} <= set(ORDER)


@pytest.mark.parametrize("module", modules())
def test_a_module_imports_only_what_stands_before_it(module: str) -> None:
    path = modules()[module]
    assert upward_imports(path.read_text(), module, is_package(path)) == []


@pytest.mark.parametrize("module", modules())
def test_only_training_and_export_import_tensorflow(module: str) -> None:
    path = modules()[module]
    heavy = {name.partition(".")[0] for name in imported_names(path.read_text(), module, is_package(path))}
    assert layer(module) in MAY_IMPORT_TENSORFLOW or not heavy & {"tensorflow", "keras"}


def test_no_two_modules_import_each_other() -> None:
    known = modules()
    graph = {
        module: {
            target
            for name in imported_names(path.read_text(), module, is_package(path))
            for target in (name, name.rpartition(".")[0])
            if target in known and target != module and not module.startswith(f"{target}.")
        }
        for module, path in known.items()
    }
    assert set(TopologicalSorter(graph).static_order()) >= set(graph)


@pytest.mark.parametrize(
    ("module", "source", "expected"),
    [
        ("gesture.features", "from gesture.types import Array", []),
        ("gesture.features", "import gesture.windows", []),
        ("gesture.features", "from gesture import windows", []),
        ("gesture.features", "from . import windows", []),
        ("gesture.features", "from gesture.cli import main", ["cli"]),
        ("gesture.features", "from gesture import live, types", ["live"]),
        ("gesture.features", "import gesture.model", ["model"]),
        ("gesture.features", "from .decision import Spotter", ["decision"]),
        ("gesture.features", "def f():\n    from gesture import live", ["live"]),
        ("gesture.features", "from gesture.unheard_of import x", ["unheard_of"]),
        ("gesture.virtual.hand", "from .bones import LENGTHS", []),
        ("gesture.virtual.hand", "from ..camera import Camera", ["camera"]),
        ("gesture.features", "import numpy as np", []),
        ("gesture.cli", "from gesture import __version__", []),
    ],
)
def test_an_upward_import_is_seen_however_it_is_written(
    module: str, source: str, expected: list[str]
) -> None:
    assert upward_imports(source, module) == expected
