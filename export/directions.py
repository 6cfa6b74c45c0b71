"""Which of the bundles within a bundle translates in the direction that is asked for.

It imports nothing of kgan but `portable/`, so that `kgan apply` starts without TensorFlow.
"""

from pathlib import Path

from .portable.card_file import read_card
from .portable.checks import BundleError, short

__all__ = ["of_direction"]


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
