"""Changing recordings that exist: forget a person, rename a label; and which models know what is changed."""

from __future__ import annotations

import json
import re
import shutil
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from gesture.errors import DataError
from gesture.recording import (
    LANDMARKS,
    MANIFEST,
    check_label,
    check_name,
    read_manifest,
    recording_folders,
    write_manifest,
)
from gesture.recording.files import disk_errors
from gesture.recording.stream import hold
from gesture.types import IGNORE, Take

MODEL = "model.json"


@dataclass(frozen=True)
class Traces:
    """Where a person is found.

    Attributes:
        folders: recordings, hidden and half-written ones among them.
        exports: tables that hold some of them.
        models: trained or validated on them.
    """

    folders: list[Path]
    exports: list[Path]
    models: list[Path]


def traces_of(person: str, root: Path, models: Path, places: Iterable[Path] = ()) -> Traces:
    """Every trace of a person.

    Args:
        person: whose.
        root: the folder of recordings.
        models: the folder of models.
        places: where else exports may lie.

    Raises:
        DataError: there is no such folder, or no trace.

    Example:
        >>> traces_of("p1", Path("recordings"), Path("models")).models  # doctest: +SKIP
        [PosixPath('models/mine')]
    """
    person = check_name("person", person)
    if not root.is_dir():
        raise DataError(f"{root}: no such folder. Expected a folder of recordings. Name it.")
    folders = sorted(path for path in _folders(root) if person in _persons_of(path))
    exports = _exports_with(person, {root, *places})
    found = Traces(folders, exports, models_trained_on({path.name for path in folders}, models))
    if not folders and not exports:
        known = sorted(name for path in recording_folders(root) for name in _persons_in_text(path))
        raise DataError(
            f"{root}: nothing of {person!r}. Expected one of: {', '.join(dict.fromkeys(known)) or 'nobody'}."
        )
    return found


def delete_recording(folder: Path) -> None:
    """Remove a recording: all of its files, `recording.json` last, so that a deletion cut short can be repeated.

    Raises:
        DataError: it is being recorded, or the disk says no.
    """
    if (folder / LANDMARKS).exists():
        with hold(folder / LANDMARKS):
            pass  # somebody who is recording into it would be held
    with disk_errors(folder, "deleted"):
        for path in folder.iterdir():
            if path.is_symlink() or path.is_file():
                if path.name != MANIFEST:
                    path.unlink()
            elif not any(path.rglob(MANIFEST)):  # somebody's own recordings may lie below
                shutil.rmtree(path)
        (folder / MANIFEST).unlink(missing_ok=True)
        if not any(folder.iterdir()):
            folder.rmdir()


def models_trained_on(recordings: Iterable[str], models: Path) -> list[Path]:
    """The models whose manifest names one of the recordings, in training or validation."""
    wanted = set(recordings)
    return sorted(path.parent for path in models.glob(f"*/{MODEL}") if wanted & _recordings_of(path))


def rename_label(root: Path, old: str, new: str) -> tuple[int, int]:
    """Give every take of a label another one. Interrupted, it can simply be done again.

    Args:
        root: the folder of recordings.
        old, new: labels. Where `new` exists the two become one.

    Returns:
        The number of takes renamed, and of takes that had the new label before.

    Raises:
        DataError: no take has the old label, the new one cannot be used, or a recording cannot be changed.

    Example:
        >>> rename_label(Path("recordings"), "wink", "wave")  # doctest: +SKIP
        (12, 0)
    """
    new = check_label(new)
    old = unicodedata.normalize("NFC", old).strip()
    if not root.is_dir():
        raise DataError(f"{root}: no such folder. Expected a folder of recordings. Name it.")
    manifests = {folder: read_manifest(folder) for folder in recording_folders(root)}
    labels = [take.label for manifest in manifests.values() for take in manifest.takes]
    if old not in labels or old == IGNORE:
        known = ", ".join(sorted(set(labels) - {IGNORE})) or "none"
        raise DataError(f"{root}: no take is labelled {old!r}. Expected one of: {known}.")
    for folder, manifest in manifests.items():
        if any(take.label == old for take in manifest.takes):
            _rename_in(folder, old, new)
    return labels.count(old), labels.count(new)


def _rename_in(folder: Path, old: str, new: str) -> None:
    def renamed(take: Take) -> Take:
        return replace(take, label=new) if take.label == old else take

    with hold(folder / LANDMARKS):
        manifest = read_manifest(folder)
        takes = tuple(renamed(take) for take in manifest.takes)
        extra = {renamed(take): fields for take, fields in manifest.take_extra.items()}
        write_manifest(folder, replace(manifest, takes=takes, take_extra=extra))


def _folders(root: Path) -> Iterator[Path]:
    """Folders with anything of a recording in them, whatever state they are in."""
    found = {path.parent for name in (MANIFEST, LANDMARKS, f".{MANIFEST}.new") for path in root.rglob(name)}
    yield from found


def _persons_of(folder: Path) -> set[str]:
    """Whose recording a folder is, as far as it tells; several where only its name is left to tell."""
    try:
        return {read_manifest(folder).person}
    except DataError:
        return _persons_in_text(folder) or _persons_in_name(unicodedata.normalize("NFC", folder.name))


def _persons_in_text(folder: Path) -> set[str]:
    """What a damaged manifest, or one of another version, still says."""
    with suppress(OSError):
        text = (folder / MANIFEST).read_text("utf-8-sig", "replace")
        return {unicodedata.normalize("NFC", name) for name in re.findall(r'"person": *"([^"]+)"', text)}
    return set()


def _persons_in_name(name: str) -> set[str]:
    """`<utc>_ann` or `<utc>_ann-2` as they were recorded, `ann_clip` as it was imported."""
    recorded = re.sub(r"-\d+$", "", name.partition("_")[2])
    parts = name.split("_")
    return {recorded, name.partition("_")[2], *("_".join(parts[:number]) for number in range(1, len(parts)))}


def _exports_with(person: str, places: Iterable[Path]) -> list[Path]:
    """Tables of this program in some folders that hold rows of a person."""
    from gesture.upkeep.parquet import persons_in

    tables = {path.resolve(): path for place in places for path in place.glob("*.parquet")}
    return sorted(path for path in tables.values() if person in persons_in(path))


def _recordings_of(manifest: Path) -> set[str]:
    """Read as plain JSON, so that models of other versions are heard, too."""
    try:
        training = json.loads(manifest.read_text("utf-8"))["training"]
        parts = [
            training.get("train", {}),
            training.get("validation", {}),
            *training.get("learned", {}).values(),
        ]
        return {str(name) for part in parts for name in part}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return set()
