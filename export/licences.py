"""The licence of a bundle's weights, as both of its cards state it.

It imports nothing of kgan but `portable/`, as `hub.py`, which uploads the cards.
"""

import hashlib
import json
import re
from pathlib import Path

from .portable.card_file import CARD, README, card_of, digest_of, file_of
from .portable.checks import BundleError

__all__ = ["read", "stated"]

# As model_card writes it.
_IN_TEXT = r"The licence (?:above is `unknown` until its owner states one|is `[a-z0-9.+-]+`);"


def stated(folder: Path, licence: str) -> dict[str, bytes]:
    """The cards of a bundle with that licence in the place of its own; nothing is written.

    Args:
        folder: The bundle.
        licence: By the name that the Hub has for it.

    Returns:
        `README.md` and `card.json` by their names in the bundle, of further networks within it too. SHA-256 in a card
        are those of the cards that are returned.

    Raises:
        BundleError: if a card is missing, or `README.md` has no field for the licence.
    """
    content = card_of(folder)
    found = {
        f"{beside}/{name}": written
        for beside in content.get("beside", [])
        for name, written in stated(file_of(folder, beside), licence).items()
    }
    digests = {name: _digest(found[name]) if name in found else one for name, one in content["sha256"].items()}
    text = _with_licence(folder, licence)
    changed = {**content, "licence": licence, "sha256": digests}
    if content.get("readme") == digest_of(file_of(folder, README)):  # kgan's own text, which nobody has edited
        changed["readme"] = _digest(text)
    return {**found, README: text, CARD: (json.dumps(changed, indent=2) + "\n").encode()}


def read(folder: Path) -> bytes:
    """The model card as it is.

    Raises:
        BundleError: if there is none.
    """
    path = file_of(folder, README)
    if not path.is_file():
        raise BundleError(f"Expected {path}, the model card. Received: no such file. Export the generator again.")
    return path.read_bytes()


def _with_licence(folder: Path, licence: str) -> bytes:
    """The model card, with that licence in its header and in its text."""
    text = read(folder).decode()
    header = re.match(r"---\r?\n(.*?\n)---\r?\n", text, re.DOTALL)
    if header is None or not re.search(r"^license:", header[1], re.MULTILINE):
        raise BundleError(
            f"Expected {folder / README} to begin with lines between --- and ---, with license: among them. Received: "
            f"none to put {licence} in. Write them, or leave licence out."
        )
    front = re.sub(r"^license:[^\r\n]*", f"license: {licence}", header[0], flags=re.MULTILINE)
    return (front + re.sub(_IN_TEXT, f"The licence is `{licence}`;", text[header.end() :])).encode()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
