"""What benchmarks keep of runs, so that a table is made a few runs at a time, and what makes a run another one."""

import hashlib
import json
from pathlib import Path
from typing import Any

from kgan import recipes


def kept(path: Path, expected: "dict[str, Any]") -> "dict[str, Any] | None":
    """What a run with these settings came to; `None` where none was played, or one with others.

    Args:
        path: Of the run's JSON file.
        expected: All that the run depends on and that the name of its file does not tell.
    """
    found = json.loads(path.read_text()) if path.exists() else {}
    return found if found.get("settings") == expected else None


def recipe_told(name: str) -> str:
    """A digest of all that a recipe says: a run with what was once the recipe of that name is another run."""
    told = json.dumps(recipes.get(name).leaves(), sort_keys=True, default=str)
    return hashlib.sha256(told.encode()).hexdigest()[:16]
