"""`card.json` and `README.md`: what a bundle holds, for programs and for readers, and the SHA-256 of each file."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kgan._support import files
from kgan.export.model_card import model_card
from kgan.export.portable.card_file import CARD, README, SCHEMA, UNKNOWN_LICENCE, card_of, digest_of, read_card
from kgan.export.portable.checks import BundleError, short
from kgan.export.signature import Signature
from kgan.models.kind import Exported, Tensor
from kgan.version import __version__

__all__ = ["CARD", "README", "interface", "is_edited", "note", "read", "write"]


def write(folder: Path, signature: Signature, facts: Mapping[str, Any]) -> None:
    """Writes the card of a bundle that is complete but for it, and the model card for readers.

    Args:
        folder: The bundle.
        signature: What it takes and gives.
        facts: What else is known: of the weights, of how it was verified.
    """
    exported = signature.exported
    names = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    content = {
        "schema": SCHEMA,
        "kgan_version": __version__,
        "licence": UNKNOWN_LICENCE,
        **interface(exported),
        "runner": exported.runner,
        "keras_file": "A .keras file of this game opens with keras.models.load_model after `import kgan`.",
        **exported.card,
        **facts,
        "sha256": {name: digest_of(names[name]) for name in sorted(names) if name not in (CARD, README)},
    }
    _write(folder, content, with_text=True)


def interface(exported: Exported) -> dict[str, Any]:
    """What a network takes and gives, for `card.json`."""
    return {
        "inputs": _described(exported.inputs),
        **({"optional_inputs": _described(exported.optional)} if exported.optional else {}),
        "outputs": _described(exported.outputs),
        "value_range": exported.value_range,
    }


def note(folder: Path, **facts: Any) -> None:
    """Adds facts to the card of a bundle, and to its `README.md` unless somebody has edited that.

    Args:
        folder: The bundle.
        **facts: Entries of the card, `evaluation=...`.

    Raises:
        BundleError: if the folder has no card, one that kgan did not write, or one of a newer kgan.
    """
    content = {**read(folder), **facts}
    try:
        _write(folder, content, with_text=content.get("schema", 1) > 1 and not is_edited(folder))
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:  # of what a reader is to be told
        raise BundleError(
            f"Expected {folder / CARD} as kgan.export.save writes it. Received: one without {short(error)}. Export the "
            f"generator again."
        ) from error


def is_edited(folder: Path) -> bool:
    """Whether somebody has written the `README.md` of a folder, or changed the one that kgan wrote."""
    if not (folder / README).is_file():
        return False
    try:
        written = (read_card(folder) or {}).get("readme")
    except BundleError:  # whose card it is nobody knows
        return True
    return digest_of(folder / README) != written


def _write(folder: Path, content: dict[str, Any], with_text: bool) -> None:
    """Writes both cards, or `card.json` alone."""
    if with_text:
        text = model_card(content).encode()
        with files.replacing(folder / README) as partial:
            partial.write_bytes(text)
        content = {**content, "readme": hashlib.sha256(text).hexdigest()}
    files.write_json(folder / CARD, content)


def _described(tensors: Iterable[Tensor]) -> dict[str, Any]:
    return {
        one.name: {
            "shape": one.named_shape(),
            "dtype": one.dtype,
            **({} if one.value_range is None else {"value_range": list(one.value_range)}),
        }
        for one in tensors
    }


def read(folder: Path) -> dict[str, Any]:
    """The card of a bundle.

    Raises:
        BundleError: if the folder has no card, one that kgan did not write, or one of a newer kgan.
    """
    return card_of(folder)
