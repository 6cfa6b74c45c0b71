"""The film of a run, within a page."""

import tempfile
from pathlib import Path

import numpy as np

from kgan import pictures
from kgan.report import markup
from kgan.run import Run

__all__ = ["film"]

_FILM_BYTES = 6 * 2**20  # a larger film is drawn again from fewer frames
_FILM_FRAMES = 24


def film(run: Run, alt: str, caption: str) -> str:
    """The film as a figure of a page; empty where the run has none.

    Args:
        run: The run.
        alt: What it shows, for who cannot see it.
        caption: A line below it.
    """
    if not run.film.is_file():
        return ""
    content, frames = run.film.read_bytes(), run.frames()
    if len(content) > _FILM_BYTES and frames:
        chosen = [frames[round(place)] for place in np.linspace(0, len(frames) - 1, min(_FILM_FRAMES, len(frames)))]
        with tempfile.TemporaryDirectory() as folder:
            shorter = Path(folder) / "film.gif"
            pictures.film(chosen, shorter)
            content = shorter.read_bytes()
    return markup.picture(content, alt, caption, "pixels", "gif")
