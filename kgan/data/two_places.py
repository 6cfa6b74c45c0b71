"""Sources of two collections, as one text: `"horses + zebras"`."""

import os
from collections.abc import Sequence

__all__ = ["BETWEEN", "joined", "parts"]

BETWEEN = " + "


def joined(sources: Sequence[str]) -> str:
    """One text for all of them.

    Raises:
        ValueError: if one of several has the separator in its name.
    """
    for source in sources:
        if len(sources) > 1 and BETWEEN in source:
            raise ValueError(
                f"Expected names without {BETWEEN!r}, which stands between two collections. Received: {source!r}. "
                f"Rename it."
            )
    return BETWEEN.join(sources)


def parts(source: str) -> list[str]:
    """The sources that `joined` was given; one for a text without a separator, and for a path that has it."""
    return [source] if os.path.exists(source) else source.split(BETWEEN)
