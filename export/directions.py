"""The bundles within a bundle: which translates in the direction that is asked for, and what each is called.

It imports nothing of kgan but `portable/`, so that `kgan apply` starts without TensorFlow.
"""

from pathlib import Path

from .portable.card_file import CARD, read_card
from .portable.checks import BundleError, short

__all__ = ["name_of", "of_direction"]


def of_direction(bundle: Path, direction: str | None) -> Path:
    """The bundle of a direction: itself, or the one of that name within it.

    Args:
        bundle: A bundle's folder, or an ONNX file.
        direction: `"a2b"` or `"b2a"`; `None` for the bundle as it is.

    Raises:
        BundleError: if the bundle has no such direction, or no card that says so.
    """
    if direction is None:
        return bundle
    card = (read_card(bundle) or {}) if bundle.is_dir() else {}
    own, beside = card.get("direction"), card.get("beside", [])
    if own == direction:
        return bundle
    if isinstance(beside, list) and direction in beside and read_card(bundle / direction) is not None:
        return bundle / direction
    there = [one for one in (own, *(beside if isinstance(beside, list) else [])) if isinstance(one, str)]
    received = f"which has {short(', '.join(there))}" if there else "which has one direction only"
    raise BundleError(
        f"Expected a bundle with direction={short(direction)}. Received: {bundle}, {received}. Leave direction out, or "
        f"pass one that there is."
    )


def name_of(path: Path) -> str:
    """What the page of a bundle, or of its ONNX file, is called: `digits-0001` for `runs/digits-0001/export`.

    A bundle within another, of the way back, has the name of that one and its own: `horses-zebras-0001 b2a`.
    """
    path = path.resolve()
    path = path.parent if path.is_file() and path.name == "generator.onnx" else path
    if (path.parent / CARD).is_file() and (path / CARD).is_file():
        return f"{name_of(path.parent)} {path.name}"
    return (path.parent if path.name == "export" else path).name.removesuffix(".onnx")
