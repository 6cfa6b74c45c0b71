"""Which page shows a network, by the program that runs its bundle, and what that page is told."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from ..portable import latents
from ..portable.applier import Applier
from ..portable.bundle_file import BundleError, parsed
from ..portable.exported_generator import Sampler
from ..portable.film import Predictor
from ..portable.vocode import Vocoder
from . import facts

__all__ = ["PAGES", "known"]

Directions: TypeAlias = "str | os.PathLike | None"


def known(path: Path, title: str, metadata: Mapping[str, str], directions: Directions = None) -> dict[str, Any]:
    """The facts of a network, in which `kind` says which page shows it.

    Args:
        path: The bundle, or its `.onnx` file.
        title: What the page is called.
        metadata: Of the file.
        directions: A file of sliders; `None` for those of the export.

    Raises:
        BundleError: if the page cannot show the network, or if there are directions for one without latents.
    """
    usual = "apply.py" if "kgan_input_shape" in metadata else "sampler.py"
    show = PAGES.get(metadata.get("kgan_runner", usual), PAGES[usual])  # which refuses another's bundle by name
    return show(path, title, metadata, directions)


def _drawn(path: Path, title: str, metadata: Mapping[str, str], directions: Directions) -> dict[str, Any]:
    sampler = Sampler(path)
    return facts.of_sampler(sampler, title, _sliders(sampler, directions), _layout(metadata))


def _translated(path: Path, title: str, metadata: Mapping[str, str], directions: Directions) -> dict[str, Any]:
    _check_directions(directions, "pictures")
    return facts.of_applier(Applier(path), title, _layout(metadata), parsed(metadata, "kgan_pixels", '"float32"'))


def _continued(path: Path, title: str, metadata: Mapping[str, str], directions: Directions) -> dict[str, Any]:
    _check_directions(directions, "films")
    return facts.of_predictor(Predictor(path, threads=1, provider="cpu"), title)


def _spoken(path: Path, title: str, metadata: Mapping[str, str], directions: Directions) -> dict[str, Any]:
    _check_directions(directions, "spectrograms")
    return facts.of_vocoder(Vocoder(path, threads=1, provider="cpu"), title)


PAGES: dict[str, Callable[[Path, str, Mapping[str, str], Directions], dict[str, Any]]] = {
    "sampler.py": _drawn,
    "apply.py": _translated,
    "film.py": _continued,
    "vocode.py": _spoken,
}


def _layout(metadata: Mapping[str, str]) -> str:
    return parsed(metadata, "kgan_layout", '"nhwc"')


def _check_directions(directions: Directions, taken: str) -> None:
    if directions is not None:
        raise BundleError(
            f"Expected no directions for a network that takes {taken}. Received: directions={directions}."
        )


def _sliders(sampler: Sampler, file: Directions) -> "Mapping | None":
    """Directions of a file, or those in w that the sampler has read; `None` for its own in z."""
    in_styles = facts.style_size(sampler) is not None
    if file is not None:
        return latents.read_directions(file, "w" if in_styles else "z")
    return (sampler.style_directions or {}) if in_styles else None
