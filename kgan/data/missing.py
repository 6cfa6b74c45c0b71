"""What is said of data that are not there; nothing else is imported for it, so that it can be said at once."""

import difflib
import os
import re

__all__ = ["BASES", "CATALOGUE", "EMBEDDED", "EMBEDDED_FILMS", "file_of", "is_path", "told"]

EMBEDDED = ("digits",)  # each is read by the module of that name in kgan.data.sources
EMBEDDED_FILMS = ("moving_digits",)  # for `kgan.data.load_films`
CATALOGUE = "tfds:"
BASES = (".db", ".sqlite", ".sqlite3")  # files of several tables, of which one is named: base.db:orders
# What people type first, under the names that TensorFlow Datasets has for them.
_OF_CATALOGUE: tuple[str, ...] = (
    "mnist",
    "fashion_mnist",
    "kmnist",
    "emnist",
    "cifar10",
    "cifar100",
    "svhn_cropped",
    "stl10",
    "celeb_a",
)
_OF_CATALOGUE += ("cats_vs_dogs", "oxford_flowers102", "oxford_iiit_pet", "imagenette", "lsun", "omniglot")
_OTHERWISE = {"celeba": "celeb_a", "svhn": "svhn_cropped", "flowers": "oxford_flowers102", "pets": "oxford_iiit_pet"}


def is_path(source: str) -> bool:
    """Whether `kgan.data.load` would take the text for a path: neither an embedded name nor one of the catalogue."""
    return source not in (*EMBEDDED, *EMBEDDED_FILMS) and not source.startswith(CATALOGUE)


def file_of(source: str) -> str:
    """The file that a place names, `"base.db"` of the table `"base.db:orders"`."""
    path, colon, _ = source.rpartition(":")
    return path if colon and path.lower().endswith(BASES) else source


def told(source: str) -> str | None:
    """The error for a path that does not exist; `None` for what may be loaded."""
    if not is_path(source) or os.path.exists(file_of(source)):
        return None
    embedded = ", ".join((*EMBEDDED, *EMBEDDED_FILMS))
    expected = f"Expected an embedded data set ({embedded}), tfds:NAME, or an existing folder, .zip, .npy or .npz file."
    if re.match(r"[a-z][a-z0-9+.-]*://", source, re.IGNORECASE):
        return f"{expected} Received: {source!r}, an address. Download it first, and pass the folder or the file."
    return f"{expected} Received: {source!r}, which does not exist.{_meant(source)}"


def _meant(source: str) -> str:
    """A sentence with what may be meant instead; empty where nothing is near."""
    near = difflib.get_close_matches(source, (*EMBEDDED, *EMBEDDED_FILMS), n=1)
    if near:
        return f" Did you mean {near[0]!r}?"
    plain = re.sub(r"[\W_]", "", source).lower()
    known = {re.sub(r"_", "", name): name for name in _OF_CATALOGUE} | _OTHERWISE
    if plain not in known:
        return ""
    small = " digits comes with kgan, and is smaller." if plain == "mnist" else ""
    return f" Write tfds:{known[plain]}, which downloads it.{small}"
