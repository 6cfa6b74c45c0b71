"""Which films lie in a folder, and which of them are held out."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from kgan.data.sources import film_files
from kgan.data.splits import DataError

__all__ = ["FilmLayout"]

_TRAIN, _HELD_OUT = "train", ("val", "valid", "validation", "test")
_WHAT = "GIF, WebP, APNG, .npy, videos (MP4 and the like), or sub-folders of frames"


@dataclass(frozen=True)
class FilmLayout:
    """The films of a folder.

    Attributes:
        path: The folder; of one film alone that film.
        names: Of the films within it, those to train on first.
        train: How many are to be trained on, where `train/` stands beside `val/` or `test/`; else `None`.
        ignored: How many files are left out, by the reason.
    """

    path: Path
    names: list[str]
    train: int | None
    ignored: Counter

    @classmethod
    def of(cls, path: Path) -> "FilmLayout":
        """The films of a folder, or the one in a file.

        Raises:
            DataError: if there is none.
        """
        if path.is_file():
            return cls(path, [path.name], None, Counter())
        ignored: Counter = Counter()
        held_out = next((name for name in _HELD_OUT if (path / name).is_dir()), None)
        if (path / _TRAIN).is_dir() and held_out is not None:
            sides = [[f"{side}/{name}" for name in _films_in(path / side, ignored)] for side in (_TRAIN, held_out)]
            if not sides[0]:
                raise DataError(f"Expected films ({_WHAT}) in {path / _TRAIN}. Received: none.")
            return cls(path, sides[0] + sides[1], len(sides[0]), ignored)
        names = _films_in(path, ignored)
        if not names and film_files.frames_in(path):
            return cls(path, [path.name], None, Counter())  # the frames of one film
        if not names:
            raise DataError(f"Expected films ({_WHAT}) in {path}. Received: none.")
        return cls(path, names, None, ignored)

    def path_of(self, name: str) -> Path:
        """Where a film lies."""
        return self.path if self.names == [self.path.name] else self.path / name

    def format_of(self, name: str) -> str:
        """`"GIF"`, or `"folders of frames"`."""
        path = self.path_of(name)
        return "folders of frames" if path.is_dir() else path.suffix[1:].upper()

    def bytes_of(self, name: str) -> int:
        """The size of its file, or of all of its frames."""
        path = self.path_of(name)
        return sum(one.stat().st_size for one in (film_files.frames_in(path) if path.is_dir() else [path]))


def _films_in(folder: Path, ignored: Counter) -> list[str]:
    """Names of the films; pictures of a single frame are none."""
    names, stills = [], 0
    for one in sorted(folder.iterdir()):
        suffix = one.suffix.lower()
        if one.name.startswith("."):
            continue
        if one.is_dir():
            if film_files.frames_in(one):
                names.append(one.name)
            else:
                ignored["folder without frames"] += 1
        elif suffix in film_files.ANIMATIONS and not _moves(one):
            stills += 1
        elif suffix in (*film_files.ANIMATIONS, *film_files.VIDEOS, ".npy"):
            names.append(one.name)
        elif suffix not in film_files.FRAMES:
            ignored[f"of another kind ({suffix or 'without extension'})"] += 1
        else:
            stills += 1
    if names and stills:
        ignored["picture of a single frame" if stills == 1 else "pictures of a single frame"] += stills
    return names


def _moves(path: Path) -> bool:
    """Whether a picture has several frames; a damaged one may have, and is told of later."""
    try:
        with Image.open(path) as picture:
            return getattr(picture, "is_animated", False)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return True
