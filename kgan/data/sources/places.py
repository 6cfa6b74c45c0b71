"""Where files lie: in a folder, or within a zip archive, which is read without being unpacked to disk."""

import io
import os
import stat
import zipfile
from abc import ABC, abstractmethod
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from kgan._support import limits
from kgan.data.splits import DataError

__all__ = ["Archive", "Folder", "Listing", "Place", "beginning", "content", "place_of", "rewound"]

_MOST_BYTES = 2**29  # of one file in an archive: a picture of the most pixels, at 16 bits and three channels
_MOST_FILES = 10_000_000
_OF_OTHERS = ("__MACOSX",)  # folders that a program has put there for itself


class Listing(NamedTuple):
    """What is there, hidden files and folders left out.

    Attributes:
        files: Relative names with `/` between their parts; those of a folder stand before those of its sub-folders,
            both in alphabetical order.
        folders: The same of folders, empty ones among them.
        ignored: How many are left out, by the reason.
    """

    files: list[str]
    folders: list[str]
    ignored: dict[str, int]


class Place(ABC):
    """A folder, or what is like one."""

    path: Path

    @abstractmethod
    def walk(self) -> Listing:
        """All that is there."""

    @abstractmethod
    def source(self, name: str) -> "str | BinaryIO":
        """A file of it to read from: a path, or an open file.

        Raises:
            ValueError: if it is neither a file nor a link to one.
        """

    @abstractmethod
    def size(self, name: str) -> int:
        """Bytes of a file, which is not opened; 0 where it is gone meanwhile."""


class Folder(Place):
    """A folder; links to other folders are followed, each folder is read once."""

    def __init__(self, path: Path):
        self.path = path

    def walk(self) -> Listing:
        files: list[str] = []
        folders: list[str] = []
        seen: set[tuple[int, int]] = set()
        twice = 0
        waiting = [""]
        while waiting:  # what lies in folders themselves comes before what links lead to
            links: list[str] = []
            for top in waiting:
                twice += not self._read(top, files, folders, links, seen)
            waiting = sorted(links)
        ignored = {"links to folders that are read already": twice} if twice else {}
        return Listing(sorted(files, key=_in_order), sorted(folders, key=_in_order), ignored)

    def _read(self, top: str, files: list, folders: list, links: list, seen: set) -> bool:
        """Reads one folder and those below it, but not behind links; whether it had not been read before."""
        stack, new = [top], False
        while stack:
            relative = stack.pop()
            here = os.path.join(self.path, relative)
            known = os.stat(here)
            if (known.st_dev, known.st_ino) in seen:
                continue
            seen.add((known.st_dev, known.st_ino))
            new = True
            if relative:
                folders.append(relative)
            with os.scandir(here) as entries:
                for entry in entries:
                    if entry.name.startswith(".") or entry.name in _OF_OTHERS:
                        continue
                    name = f"{relative}/{entry.name}" if relative else entry.name
                    if not _is_folder(entry):
                        files.append(name)
                    elif entry.is_symlink():
                        links.append(name)
                    else:
                        stack.append(name)
        return new

    def size(self, name: str) -> int:
        path = os.path.join(self.path, name)
        return os.stat(path).st_size if os.path.exists(path) else 0

    def source(self, name: str) -> str:
        path = os.path.join(self.path, name)
        if not stat.S_ISREG(os.stat(path).st_mode):  # a pipe or a device would never end
            raise ValueError("neither a file nor a link to one")
        return path


class Archive(Place):
    """A zip archive, whose files are unpacked into memory one by one as they are read.

    A folder that all its files lie in is passed over.

    Raises:
        DataError: if the file is no such archive, or has more entries than a data set.
    """

    def __init__(self, path: Path):
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise DataError(
                f"Expected {path} to be a zip archive of pictures. Received: {type(error).__name__}: {error}. "
                f"Pack it anew."
            ) from error
        entries = self._zip.infolist()
        limits.check_most("files in the archive", len(entries), _MOST_FILES, "Unpack it into a folder.", DataError)
        self._entries: dict[str, zipfile.ZipInfo] = {}
        self._folders: set[str] = set()
        self._outside = 0
        for entry in entries:
            self._take(entry)
        self._strip()

    def _take(self, entry: zipfile.ZipInfo) -> None:
        parts = PurePosixPath(entry.filename.replace("\\", "/")).parts
        if any((part.startswith(".") and part != "..") or part in _OF_OTHERS for part in parts):
            return
        linked = stat.S_ISLNK(entry.external_attr >> 16)
        if linked or not parts or ".." in parts or entry.filename.startswith(("/", "\\")) or ":" in parts[0]:
            self._outside += 1
            return
        last = len(parts) if entry.is_dir() else len(parts) - 1
        self._folders |= {"/".join(parts[:depth]) for depth in range(1, last + 1)}
        if not entry.is_dir():
            self._entries["/".join(parts)] = entry

    def _strip(self) -> None:
        """Passes over a folder that everything lies in."""
        tops = {name.partition("/")[0] for name in self._entries}
        if len(tops) != 1 or not all("/" in name for name in self._entries):
            return
        top = f"{tops.pop()}/"
        self._entries = {name.removeprefix(top): entry for name, entry in self._entries.items()}
        self._folders = {name.removeprefix(top) for name in self._folders if name.startswith(top)}

    def walk(self) -> Listing:
        ignored = {"entries that lead out of the archive": self._outside} if self._outside else {}
        return Listing(sorted(self._entries, key=_in_order), sorted(self._folders, key=_in_order), ignored)

    def size(self, name: str) -> int:
        return self._entries[name].file_size

    def source(self, name: str) -> BinaryIO:
        entry = self._entries[name]
        if entry.file_size > _MOST_BYTES:
            raise ValueError(f"{limits.gibibytes(entry.file_size)} unpacked, more than a picture has")
        with self._zip.open(entry) as file:
            unpacked = file.read(_MOST_BYTES + 1)
        if len(unpacked) > entry.file_size:
            raise ValueError("more bytes than its entry promises")
        return io.BytesIO(unpacked)


def place_of(path: Path) -> Place:
    """The folder, or the archive, at a path."""
    return Folder(path) if path.is_dir() else Archive(path)


def content(source: "str | BinaryIO") -> bytes:
    """All bytes of what `Place.source` gives."""
    return Path(source).read_bytes() if isinstance(source, str) else source.read()


def beginning(source: "str | BinaryIO", count: int) -> bytes:
    """The first bytes of what `Place.source` gives."""
    if not isinstance(source, str):
        return source.read(count)
    with Path(source).open("rb") as file:
        return file.read(count)


def rewound(source: "str | BinaryIO") -> "str | BinaryIO":
    """What `Place.source` gave, to be read from its beginning."""
    if not isinstance(source, str | os.PathLike):
        source.seek(0)
    return source


def _is_folder(entry: os.DirEntry) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # links in a circle
        return False


def _in_order(name: str) -> list[tuple[bool, str]]:
    """Files of a folder before its sub-folders, as one meets them walking down."""
    *folders, last = name.split("/")
    return [*((True, folder) for folder in folders), (False, last)]
