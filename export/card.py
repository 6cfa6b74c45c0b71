"""`card.json`: what a bundle holds, for whoever opens it, and the SHA-256 of each of its files."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kgan._support import files
from kgan.export.signature import Signature
from kgan.models.kind import Tensor
from kgan.version import __version__

__all__ = ["CARD", "read", "write"]

CARD = "card.json"


def write(folder: Path, signature: Signature, facts: Mapping[str, Any]) -> None:
    """Writes the card of a bundle that is complete but for it.

    Args:
        folder: The bundle.
        signature: What it takes and gives.
        facts: What else is known: of the weights, of how it was verified.
    """
    exported = signature.exported
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    content = {
        "kgan_version": __version__,
        "inputs": _described(exported.inputs),
        **({"optional_inputs": _described(exported.optional)} if exported.optional else {}),
        "outputs": {exported.output.name: {"shape": exported.output.named_shape(), "dtype": "float32"}},
        "value_range": exported.value_range,
        "runner": exported.runner,
        "keras_file": "A .keras file of this game opens with keras.models.load_model after `import kgan`.",
        **exported.card,
        **facts,
        "sha256": {str(path.relative_to(folder)): digest(path) for path in paths},
    }
    files.write_json(folder / CARD, content)


def _described(tensors: Iterable[Tensor]) -> dict[str, Any]:
    return {one.name: {"shape": one.named_shape(), "dtype": one.dtype} for one in tensors}


def read(folder: Path) -> dict[str, Any]:
    """The card of a bundle.

    Raises:
        ValueError: if the folder has no card, or one that kgan did not write.
    """
    path = Path(folder) / CARD
    if not path.is_file():
        raise ValueError(f"Expected a bundle that kgan exported. Received: {folder}, which has no {CARD}.")
    return files.read_json(path)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
