"""Folders that are there whole or not at all, and leave no trace where they are not."""

from __future__ import annotations

from pathlib import Path

import pytest

from gesture.errors import ModelError
from gesture.folders import check_replaceable, replaced_folder


def write_and_fail(folder: Path) -> None:
    with replaced_folder(folder, marker="model.json") as new:
        (new / "model.json").write_text("2")
        raise RuntimeError


def test_checking_leaves_nothing_behind(tmp_path: Path) -> None:
    check_replaceable(tmp_path / "models" / "mine", marker="model.json")
    assert list(tmp_path.iterdir()) == []


def test_an_error_leaves_nothing_behind_and_what_was_there_as_it_was(tmp_path: Path) -> None:
    older = tmp_path / "models" / "older"
    with replaced_folder(older, marker="model.json") as new:
        (new / "model.json").write_text("1")
    for folder in (older, tmp_path / "elsewhere" / "mine"):
        with pytest.raises(RuntimeError):
            write_and_fail(folder)
    assert [path.name for path in tmp_path.rglob("*")] == ["models", "older", "model.json"]
    assert (older / "model.json").read_text() == "1"


def test_what_is_no_model_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years")
    with pytest.raises(ModelError, match="holds files"):
        check_replaceable(tmp_path / "thesis", marker="model.json")
