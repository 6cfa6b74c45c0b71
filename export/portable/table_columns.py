"""The columns of a table, as an exported generator of rows carries them.

Free of kgan: its text goes into the program that is copied into a bundle.
"""

import difflib
import math
import statistics
from typing import Any

import numpy as np

from .bundle_file import BundleError, is_number, is_size, short
from .table_constraints import UNITS, TableConstraints

__all__ = ["TableColumn", "TableColumns"]

KINDS = {"number", "integer", "boolean", "category", "date", "datetime"}
MOST_OF_A_BLOCK = 1_000  # codes; as kgan writes them
BOUND = 4.0  # as kgan writes turned scores


class TableColumn:
    """One column: what its codes stand for.

    Args:
        content: What the metadata says of it.

    Attributes:
        name, kind, values, means, scales, quantiles, counts, decimals, missing, ranked: As `kgan.data.Column` has
            them.
        size: How many codes there are.
        low, high: Of the numbers of the training data; `None` where the column has none.
    """

    def __init__(self, content: Any) -> None:
        if (
            not isinstance(content, dict)
            or not isinstance(content.get("name"), str)
            or content.get("kind") not in KINDS
        ):
            raise ValueError(f"a column {short(content)}")
        self.name, self.kind, self.missing = content["name"], content["kind"], content["missing"] is True
        self.ranked = content.get("ranked") is True
        self.values, self.counts, self.decimals = content["values"], content["counts"], content["decimals"]
        lists = [self.values, self.counts, *(content[name] for name in ("means", "scales", "quantiles"))]
        if not all(isinstance(one, list) for one in lists):
            raise ValueError(f"the column {short(self.name)} without lists")
        try:
            self.means, self.scales, self.quantiles = (
                np.array(content[name], np.float64) for name in ("means", "scales", "quantiles")
            )
        except ValueError:
            raise ValueError(f"the column {short(self.name)} without numbers") from None
        self.continuous = len(self.means) > 0
        self.size = len(self.means) + self.missing if self.continuous else len(self.values)
        self._check()
        self.counts = np.array(self.counts, np.float64)
        self.base = math.isqrt(self.size - 1) + 1
        self.blocks: tuple[int, ...] = ()
        if self.size > 1:
            fits = self.size <= MOST_OF_A_BLOCK
            self.blocks = (self.size,) if fits else (-(-self.size // self.base), self.base)
        numbers = [one for one in self.values if is_number(one)] if not self.continuous else self.quantiles
        self.low: Any = np.min(numbers) if len(numbers) else None
        self.high: Any = np.max(numbers) if len(numbers) else None
        self.objects: Any = None if self.continuous else self._in_an_array()
        self.knots = _knots(self.quantiles, self.counts) if self.ranked else None

    def _check(self):
        """Refuses what does not fit each other: a file may come from anyone."""
        counts = isinstance(self.counts, list) and all(is_number(one) and one >= 0 for one in self.counts)
        fits = is_size(self.size) and counts and len(self.counts) == self.size and sum(self.counts) > 0
        fits = fits and (self.decimals is None or is_size(self.decimals, least=0))
        if self.continuous:
            shape = self.quantiles.shape
            fits = fits and self.scales.shape == self.means.shape == shape[:1] and len(shape) == 2 and shape[1] > 1
            fits = fits and all(np.isfinite(one).all() for one in (self.means, self.scales, self.quantiles))
            fits = fits and bool((self.scales >= 0).all() and (np.diff(self.quantiles) >= 0).all())
            if self.ranked:
                fits = (
                    fits and bool((np.diff(self.quantiles.ravel()) >= 0).all()) and all(self.counts[: len(self.means)])
                )
        else:
            known: dict[str, tuple[type, ...]] = {"boolean": (bool,), "category": (str, bool, int, float)}
            kinds = known.get(self.kind, (int, float))
            fits = fits and all(one is None or isinstance(one, kinds) for one in self.values)
        if not fits:
            raise ValueError(f"the column {short(self.name)}, whose parts do not fit each other")

    def _in_an_array(self):
        """The values by code, of the type that cells have."""
        if self.kind in UNITS:
            unit = UNITS[self.kind]
            return np.array([np.datetime64("NaT") if one is None else int(one) for one in self.values], unit)
        if None not in self.values and self.kind in ("number", "integer", "boolean"):
            return np.array(self.values, {"number": np.float64, "integer": np.int64, "boolean": bool}[self.kind])
        if self.kind == "number":
            return np.array([np.nan if one is None else one for one in self.values], np.float64)
        found = np.empty(self.size, object)
        found[:] = self.values
        return found

    def code_of_missing(self) -> int | None:
        """The code of missing cells; `None` where there are none."""
        if self.continuous:
            return self.size - 1 if self.missing else None
        return self.values.index(None) if None in self.values else None

    def spelled(self, number: float) -> str:
        """A number of the column as a reader knows it, a date as one."""
        if self.kind in UNITS:
            return str(np.array(int(number), UNITS[self.kind]))
        return f"{number:g}" if self.kind == "number" else f"{number:.0f}"

    def share(self, low: float, high: float) -> np.ndarray:
        """How much of each mode lies from `low` to `high`, as the training data has it; `(modes,)`."""
        grid = np.linspace(0.0, 1.0, self.quantiles.shape[1])
        found = np.zeros(len(self.means))
        for mode, quantiles in enumerate(self.quantiles):
            if quantiles[0] <= high and quantiles[-1] >= low:
                inside = np.interp(high, quantiles, grid, right=1.0) - np.interp(low, quantiles, grid, left=0.0)
                found[mode] = max(inside, 1e-6)
        return found

    def cells(self, codes: np.ndarray, numbers: np.ndarray | None = None) -> np.ndarray:
        """What codes stand for: an array of float64, int64, bool, datetimes or objects; missing ones NaN, NaT, None.

        Args:
            codes: int64 `(rows,)`.
            numbers: Of a continuous column, float64 `(rows,)`.
        """
        if not self.continuous:
            return self.objects[codes]
        missing, numbers = codes == self.code_of_missing(), np.asarray(numbers, np.float64)
        if self.kind == "number":
            return np.where(missing, np.nan, numbers)
        whole = np.where(missing, 0, numbers).astype(np.int64)
        if self.kind in UNITS:
            dates = whole.astype(UNITS[self.kind])
            dates[missing] = np.datetime64("NaT")
            return dates
        if not missing.any():
            return whole
        found = whole.astype(object)
        found[missing] = None
        return found


def _knots(quantiles, counts):
    """Normal scores, rising, and the numbers of a ranked column there."""
    counts = counts[: len(quantiles)]
    before, end = np.cumsum(counts) - counts, 0.5 / max(counts.sum(), 1.0)
    levels = (before[:, None] + counts[:, None] * np.linspace(0.0, 1.0, quantiles.shape[1])) / counts.sum()
    normal = statistics.NormalDist()
    scores = np.array([normal.inv_cdf(min(max(one, end), 1.0 - end)) for one in levels.ravel().tolist()])
    return np.maximum.accumulate(scores) + 1e-9 * np.arange(len(scores)), quantiles.ravel()


def _turn(content, size, ranked):
    """The columns, the rotation and the scales that scores were turned by; `None` where columns have modes."""
    if content is None and not ranked:
        return None
    if not isinstance(content, dict):
        raise ValueError(f"turn={short(content)}")
    try:
        places = np.array(content["places"], np.int64)
        rotation, scales = (np.array(content[name], np.float64) for name in ("rotation", "scales"))
    except (KeyError, TypeError, ValueError):
        raise ValueError("a turn without numbers") from None
    square = (len(places), len(places)) if len(places) else (0,)
    fits = places.ndim == 1 and rotation.shape == square and scales.shape == (size,)
    fits = fits and len(set(places.tolist())) == len(places) and bool(((places >= 0) & (places < size)).all())
    if not fits or not np.isfinite(rotation).all() or not np.isfinite(scales).all():
        raise ValueError(f"a turn that is not of {size} columns")
    return places, rotation, scales


class TableColumns:
    """All columns of a table, and where they stand in what the network takes and gives.

    Args:
        content: What the metadata says of them.

    Attributes:
        learned: Names of the columns that the network gives.
        names: Of all columns, those that constraints make among them.
        constraints: `TableConstraints`.

    Raises:
        ValueError: if it is no table of kgan's.
    """

    def __init__(self, content: Any) -> None:
        if not isinstance(content, dict) or not isinstance(content.get("columns"), list):
            raise ValueError(f"table={short(content)}")
        try:
            self.columns = [TableColumn(one) for one in content["columns"]]
        except (KeyError, TypeError, OverflowError) as error:
            raise ValueError(f"a table without {short(error)}") from error
        self.learned = [one.name for one in self.columns]
        if len(set(self.learned)) != len(self.learned):
            raise ValueError("two columns of one name")
        self.constraints = TableConstraints(content.get("constraints"), self.learned)
        self.names = self.constraints.names
        self.numbers = sum(one.continuous for one in self.columns)
        self.starts, at = [], 0  # of each column's first block in a condition
        for one in self.columns:
            self.starts.append(at)
            at += sum(one.blocks)
        self.condition_dim = at
        self.width = self.numbers + at
        self.conditional = [place for place, one in enumerate(self.columns) if one.blocks]
        self._turn = _turn(content.get("turn"), self.numbers, any(one.ranked for one in self.columns))

    def scores(self, places: np.ndarray) -> np.ndarray:
        """What the network's numbers in (-1, 1), `(rows, numbers)`, stand for: normal scores where columns are ranked.

        Modes have places in them, which stay as they are.
        """
        places = places.astype(np.float64)
        if self._turn is None:
            return places
        turned, rotation, scales = self._turn
        along = np.sinh(BOUND * places) * scales
        found = along.copy()
        found[:, turned] = 0.0
        for number, axis in enumerate(turned):  # no matrix product: a row does not depend on how many there are
            found[:, turned] += along[:, [axis]] * rotation[number]
        return found

    def place(self, name: str) -> int:
        """The number of a column.

        Raises:
            BundleError: if there is none of that name.
        """
        why = self.constraints.why(name)
        if why is not None:
            raise BundleError(
                f"Expected conditions on columns that are learned: {short(', '.join(self.learned))}. Received: "
                f"{name!r}, which is made by {why}."
            )
        if name not in self.learned:
            near = difflib.get_close_matches(str(name), self.learned, n=1)
            raise BundleError(
                f"Expected conditions on the columns {short(', '.join(self.learned))}. Received: {name!r}."
                f"{f' Did you mean {near[0]!r}?' if near else ''}"
            )
        return self.learned.index(name)

    def conditions(self, codes: np.ndarray) -> np.ndarray:
        """Conditions that networks take, float32 `(rows, condition_dim)`.

        Args:
            codes: int64 `(rows, columns)`, -1 where a column is no condition.
        """
        found = np.zeros((len(codes), self.condition_dim), np.float32)
        for place in self.conditional:
            rows = np.flatnonzero(codes[:, place] >= 0)
            for start, code in self.digits(place, codes[rows, place]):
                found[rows, start + code] = 1.0
        return found

    def digits(self, place: int, codes: np.ndarray) -> list[tuple[int, np.ndarray]]:
        """Where each block of a column starts in a condition, and the codes in it."""
        column, start = self.columns[place], self.starts[place]
        if len(column.blocks) == 1:
            return [(start, codes)]
        return [(start, codes // column.base), (start + column.blocks[0], codes % column.base)]

    def chosen(self, scores: dict[int, np.ndarray]) -> np.ndarray:
        """The code of each row of a column with the highest score in each of its blocks.

        Args:
            scores: By the number of the column: float `(rows, numbers of its blocks)`.

        Returns:
            int64 `(rows, columns)`.
        """
        rows = len(next(iter(scores.values()))) if scores else 0
        codes = np.zeros((rows, len(self.columns)), np.int64)
        for place, of_column in scores.items():
            column = self.columns[place]
            first = of_column[:, : column.blocks[0]].argmax(axis=1)
            if len(column.blocks) == 1:
                codes[:, place] = first
                continue
            second = of_column[:, column.blocks[0] :]
            left = column.size - first * column.base  # codes that there are with this first digit
            second = np.where(np.arange(column.base) < left[:, None], second, -np.inf)
            codes[:, place] = first * column.base + second.argmax(axis=1)
        return codes
