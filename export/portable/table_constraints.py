"""Columns that constraints make of others: differences added, sums, keys counted.

Free of kgan: its text goes into the program that is copied into a bundle.
"""

import math
from typing import Any

import numpy as np

from .bundle_file import BundleError, is_number, is_size, short

__all__ = ["TableConstraints"]

DIFFERENCE, SUM, KEY = "difference", "sum", "key"
UNITS = {"date": "datetime64[D]", "datetime": "datetime64[s]"}


class TableConstraints:
    """What is made of the columns that a network gives.

    Args:
        content: What the metadata says of constraints; `None` for none.
        learned: Names of the columns that the network gives.

    Attributes:
        names: Of all columns, in order.

    Raises:
        ValueError: if they do not fit the columns.
    """

    def __init__(self, content: Any, learned: list[str]) -> None:
        self.names, self._constraints = list(learned), []
        if content is None:
            return
        if not isinstance(content, dict) or not isinstance(content.get("each"), list):
            raise ValueError(f"constraints={short(content)}")
        for one in content["each"]:
            _check(one)
        self.names = content["names"]
        known, left = set(learned), list(content["each"])
        while left:  # in an order in which each has what it is made of
            ready = [one for one in left if set(one["terms"]) <= known]
            if not ready:
                raise ValueError("constraints that make each other")
            for one in ready:
                if _learned(one) not in (None, *learned):
                    raise ValueError(f"constraints without the column {short(_learned(one))}")
                known.add(one["column"])
                self._constraints.append(one)
                left.remove(one)
        if not isinstance(self.names, list) or len(set(map(str, self.names))) != len(self.names):
            raise ValueError("constraints without names of columns")
        if not set(self.names) <= known:
            raise ValueError("constraints that do not make all columns")

    def why(self, name: Any) -> str | None:
        """Why nothing can be asked of a column that is not learned; `None` for another."""
        for one in self._constraints:
            if one["column"] == name:
                instead = _learned(one)
                return one["text"] + (f", ask of {instead!r}" if instead else "")
        return None

    def check_count(self, count: int) -> None:
        """Refuses more rows than there are keys."""
        for one in self._constraints:
            if one["kind"] == KEY and one["pattern"]:
                most = math.prod(len(place) for place in one["pattern"])
                if count > most:
                    raise BundleError(
                        f"Expected at most {most:,} rows, because there are no more keys {one['text']!r}. Received: "
                        f"count={count:,}."
                    )

    def whole(self, cells: dict[str, np.ndarray], first: int) -> dict[str, np.ndarray]:
        """All columns of some rows.

        Args:
            cells: Those that the network gives, by name.
            first: The number of the first row, from 0.
        """
        found = dict(cells)
        rows = len(next(iter(cells.values())))
        for one in self._constraints:
            if one["kind"] == KEY:
                found[one["column"]] = _keys(one, first, rows)
            elif one["kind"] == SUM:
                total = sum(sign * _plain(found[name]) for sign, name in zip(one["signs"], one["terms"], strict=True))
                found[one["column"]] = _written(one, total)
            else:
                found[one["column"]] = _added(one, found[one["terms"][0]], found[_learned(one)])
        return {name: found[name] for name in self.names}


def _check(one):
    """Refuses what is no constraint: a file may come from anyone."""
    if not isinstance(one, dict) or one.get("kind") not in (DIFFERENCE, SUM, KEY):
        raise ValueError(f"a constraint {short(one)}")
    texts = [one.get("text"), one.get("column"), *_listed(one, "terms"), *_listed(one, "pattern")]
    fits = all(isinstance(text, str) for text in texts) and all(sign in (1, -1) for sign in _listed(one, "signs"))
    fits = fits and all(_listed(one, "pattern")) and len(_listed(one, "signs")) == len(_listed(one, "terms"))
    fits = fits and (one.get("decimals") is None or is_size(one["decimals"], least=0))
    fits = fits and is_number(one.get("start")) and (one["kind"] != DIFFERENCE or len(one["terms"]) == 1)
    if not fits or one.get("output") not in ("integer", "number", "date", "datetime", "category"):
        raise ValueError(f"a constraint {short(one)}")


def _listed(one, name):
    if not isinstance(one.get(name), list):
        raise ValueError(f"a constraint without {name}")
    return one[name]


def _learned(one):
    """The column that is learned in place of the one that is made; `None` where none is."""
    return f"{one['column']} - {one['terms'][0]}" if one["kind"] == DIFFERENCE else None


def _plain(cells):
    return np.asarray(cells, np.float64)


def _written(one, numbers):
    """Numbers as the column writes them."""
    if one["output"] == "integer":
        return np.round(numbers).astype(np.int64)
    return numbers if one["decimals"] is None else np.round(numbers, one["decimals"])


def _added(one, low, difference):
    """The larger column: what it is above the smaller one, added."""
    if low.dtype.kind != "M":
        return _written(one, _plain(low) + _plain(difference))
    unit = UNITS["date" if low.dtype == np.dtype(UNITS["date"]) and one["output"] == "date" else "datetime"]
    step = f"timedelta64[{unit[-2]}]"
    return (low.astype(unit) + np.asarray(difference).astype(np.int64).astype(step)).astype(UNITS[one["output"]])


def _keys(one, first, rows):
    """The keys of these rows: numbers that follow each other, or texts as an odometer counts."""
    numbers = np.arange(first, first + rows, dtype=np.int64) + int(one["start"])
    if not one["pattern"]:
        return numbers
    found = np.empty(rows, object)
    for row, number in enumerate(numbers.tolist()):
        text = []
        for place in reversed(one["pattern"]):
            number, at = divmod(number, len(place))
            text.append(place[at])
        found[row] = "".join(reversed(text))
    return found
