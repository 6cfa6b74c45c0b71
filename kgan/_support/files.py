"""Writing so that nothing on disk is lost: beside the target, then renamed onto it."""

import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from kgan._support import limits

_PREFIX = ".kgan-"  # of what is not whole yet; the target's own name may be as long as file systems take


@contextlib.contextmanager
def replacing(path: "str | os.PathLike") -> Iterator[Path]:
    """Yields a path to write to, in the target's folder and with its suffix; renames it onto the target on success.

    Whatever stood there stays until the new file is whole. On an exception the half-written file is removed.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=_PREFIX, suffix=path.suffix, dir=path.parent)
    os.close(handle)
    partial = Path(name)
    try:
        yield partial
        partial.chmod(_ORDINARY)  # mkstemp makes files that only their owner can read
        _flush(partial)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


@contextlib.contextmanager
def replacing_files(path: "str | os.PathLike") -> Iterator[Path]:
    """The same for a file that may have others beside it: yields its path in a folder of its own, under its own name.

    What lies in that folder in the end is renamed into the target's, the file itself last.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    workspace = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=path.parent))
    try:
        yield workspace / path.name
        for file in sorted(workspace.iterdir(), key=lambda one: (one.name == path.name, one.name)):
            file.chmod(_ORDINARY)
            _flush(file)
            os.replace(file, path.with_name(file.name))
    finally:
        shutil.rmtree(workspace)


@contextlib.contextmanager
def replacing_folder(path: "str | os.PathLike") -> Iterator[Path]:
    """The same for a folder: the old one leaves only when the new one is whole."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    workspace = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=path.parent))
    new, old = workspace / "new", workspace / "old"
    try:
        new.mkdir()
        yield new
        for file in new.rglob("*"):
            if file.is_file():
                _flush(file)
        if path.exists():
            os.replace(path, old)
        os.replace(new, path)
    finally:
        if old.exists() and not path.exists():  # whatever came between the two renames, the old one goes back
            os.replace(old, path)
        shutil.rmtree(workspace)


def write_json(path: "str | os.PathLike", content: dict) -> None:
    """Writes an indented JSON file, whole or not at all."""
    with replacing(path) as partial:
        partial.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def read_json(path: "str | os.PathLike") -> dict:
    """The object in a JSON file, which may come from anyone.

    Raises:
        ValueError: if the file is too large, is no JSON, or holds no object.
    """
    path = Path(path)
    size = path.stat().st_size
    if size > limits.MOST_DOCUMENT_BYTES:
        raise ValueError(f"a file of {size:,} bytes, where at most {limits.MOST_DOCUMENT_BYTES:,} are looked at")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except RecursionError as error:
        raise ValueError("lists within lists, deeper than any that kgan writes") from error
    if not isinstance(content, dict):
        raise ValueError(f"a {type(content).__name__}, where an object was due")
    return content


def _flush(file: Path) -> None:
    """Hands the file to the disk before its name changes, so that a power cut cannot leave an empty one."""
    with file.open("rb+") as handle:
        os.fsync(handle.fileno())


def _read_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


_ORDINARY = 0o666 & ~_read_umask()  # once, at import: the mask belongs to the whole process
