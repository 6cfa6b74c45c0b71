"""What is said of data that are not there; nothing else is imported for it, so that it can be said at once."""

import difflib
import os

__all__ = ["CATALOGUE", "EMBEDDED", "is_path", "told"]

EMBEDDED = ("digits",)
CATALOGUE = "tfds:"


def is_path(source: str) -> bool:
    """Whether `kgan.data.load` would take the text for a path: neither an embedded name nor one of the catalogue."""
    return source not in EMBEDDED and not source.startswith(CATALOGUE)


def told(source: str) -> str | None:
    """The error for a path that does not exist; `None` for what may be loaded."""
    if not is_path(source) or os.path.exists(source):
        return None
    near = difflib.get_close_matches(source, EMBEDDED, n=1)
    meant = f" Did you mean {near[0]!r}?" if near else ""
    return (
        f"Expected an embedded data set ({', '.join(EMBEDDED)}), tfds:NAME, or an existing folder, .zip, .npy or .npz "
        f"file. Received: {source!r}, which does not exist.{meant}"
    )
