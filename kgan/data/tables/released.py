"""The columns of a table as noisy histograms have them: nothing else of its rows is read."""

from collections.abc import Iterable, Mapping
from statistics import NormalDist
from typing import Any

import numpy as np

from kgan.data.splits import DataError
from kgan.data.tables import privacy
from kgan.data.tables.cells import DATES, look, texts_as_dates
from kgan.data.tables.columns import Column
from kgan.data.tables.reading import pandas
from kgan.data.tables.survey import ColumnSurvey

__all__ = ["Released", "releases_of", "surveys_of"]

ROUNDS = 3  # histograms of a column of numbers, each within what the one before found
_LISTED = ("category", "boolean")
_DAY = 86_400.0
_FEWEST_BINS, _MOST_BINS = 8, 128
_FOUND = 4.5  # standard deviations of the noise, above which a bin is not empty
_KEPT = 2.0  # the same within the range that is not
_POWERS = 2.0 ** np.arange(-32, 64)
_FIRST_EDGES = np.concatenate([-_POWERS[::-1], _POWERS])  # powers of two, whatever the numbers are


def surveys_of(source: Iterable[Any], names: Iterable[str], types: Mapping[str, str]) -> dict[str, ColumnSurvey]:
    """What the rows hold, before any noise: of it only the kinds of columns may be used as they are.

    Raises:
        DataError: if cells are of several types, or `types` says what is none.
    """
    surveys = {name: ColumnSurvey(name, types.get(name), 0) for name in names}
    first = 0
    for frame in source:
        for name, survey in surveys.items():
            survey.take(frame[name], first)
        first += len(frame)
    return surveys


def releases_of(kinds: Iterable[str]) -> int:
    """How many histograms are read of columns of these kinds, the count of all rows among them."""
    return 1 + sum(1 if kind in _LISTED else ROUNDS for kind in kinds)


class Released:
    """Draws histograms with noise, and makes columns of them.

    Values of text are released where their count, with its noise, is so high that one row alone reaches it with no more
    than the share of delta that is for it. Ranges of numbers are looked for among powers of two, then within what was
    found, twice. Missing cells are a bin of their own.

    Args:
        source: A table that can be read again and again.
        kinds: Of its columns, by name.
        noise: Standard deviation of the noise on each count.
        delta: For values, all columns together.
        random: What draws the noise.

    Raises:
        DataError: if so few rows are left that noise hides them.

    Attributes:
        rows: How many rows there are, with noise.
    """

    def __init__(
        self, source: Any, kinds: Mapping[str, str], noise: float, delta: float, random: np.random.Generator
    ) -> None:
        self._source, self._kinds, self._noise, self._random = source, kinds, noise, random
        listed = [one for one in kinds.values() if one in _LISTED]
        inverse = NormalDist().inv_cdf(privacy.OF_VALUES * delta / max(1, len(listed)))
        self._fewest = 1.0 + noise * -inverse  # rows that a value needs
        self.rows = int(self._noisy(np.array([source.rows]))[0].round())
        if self.rows < 2 * self._fewest:
            raise DataError(
                f"Expected {2 * self._fewest:,.0f} rows or more for this epsilon. Received: about "
                f"{max(0, self.rows):,}. Pass a larger epsilon, or learn from more rows."
            )
        self._bins = int(np.clip(self.rows / (_FOUND * noise), _FEWEST_BINS, _MOST_BINS))

    def column(self, survey: ColumnSurvey, modes: int, alone: float, seed: int) -> Column:
        """One column.

        Args:
            survey: As `surveys_of` has it.
            modes: Gaussian modes at most.
            alone: Share of rows from which on a value is a mode of its own.
            seed: Of the modes.

        Raises:
            DataError: if nothing of it is released.
        """
        kind = self._kinds[survey.name]
        cells = self._values(survey) if kind in _LISTED else self._numbers(survey.name, kind)
        read = ColumnSurvey(survey.name, kind, seed)
        read.take(pandas().Series(cells), 0)
        return read.column(modes, alone)

    def _noisy(self, counts: np.ndarray) -> np.ndarray:
        return counts + self._random.normal(0.0, self._noise, counts.shape)

    def _values(self, survey: ColumnSurvey) -> list:
        """Values as often as they are released."""
        counted = dict(sorted(survey.counts.items(), key=lambda one: str(one[0])))
        if survey.missing:
            counted[None] = survey.missing
        noisy = self._noisy(np.array([*counted.values()], np.float64))
        found = {one: count for one, count in zip(counted, noisy, strict=True) if count > self._fewest}
        if not any(one is not None for one in found):
            raise self._nothing_in(survey.name)
        return [value for value, count in found.items() for _ in range(round(count))]

    def _numbers(self, name: str, kind: str) -> Any:
        """Numbers spread evenly over each bin, as many as were released."""
        whole, edges = kind != "number", _FIRST_EDGES
        for _ in range(ROUNDS):
            counts = self._noisy(self._histogram(name, kind, edges))
            present, missing = counts[:-1], counts[-1]
            found = np.flatnonzero(present > _FOUND * self._noise)
            if not len(found):
                raise self._nothing_in(name)
            first, last = int(found[0]), int(found[-1])
            here, high = present[first : last + 1], edges[last + 1]
            edges_here, edges = edges[first : last + 2], self._edges(edges[first], high, whole)
        kept = np.where(here > _KEPT * self._noise, here, 0.0).round().astype(np.int64)
        parts = [
            low + (np.arange(count) + 0.5) / count * (high - low)
            for low, high, count in zip(edges_here[:-1], edges_here[1:], kept, strict=True)
            if count
        ]
        numbers = np.concatenate(parts)
        if whole:
            numbers = np.round(numbers)
        else:
            narrowest = float(np.diff(edges_here).min())
            numbers = np.round(numbers, max(0, 1 - int(np.floor(np.log10(narrowest)))))
        empty = round(missing) if missing > self._fewest else 0
        return _cells(numbers, kind, empty)

    def _edges(self, low: float, high: float, whole: bool) -> np.ndarray:
        """Bins between two numbers; whole numbers lie in the middle of theirs, or of several each."""
        if not whole:
            return np.linspace(low, high, self._bins + 1)
        low, high = np.ceil(low), np.floor(high)
        step = max(1.0, np.ceil((high - low + 1.0) / self._bins))
        return np.arange(low - 0.5, high + step, step)

    def _histogram(self, name: str, kind: str, edges: np.ndarray) -> np.ndarray:
        """Rows in each bin, what lies outside in the nearest one; missing cells last."""
        counts = np.zeros(len(edges), np.float64)
        for frame in self._source:
            cells = look(frame[name], name)
            counts[-1] += cells.missing.sum()
            if cells.family is None:
                continue
            places = np.searchsorted(edges, _in_unit(cells.family, cells.values, kind), side="right") - 1
            counts[:-1] += np.bincount(places.clip(0, len(edges) - 2), minlength=len(edges) - 1)
        return counts

    def _nothing_in(self, name: str) -> DataError:
        return DataError(
            f"Expected cells in the column {name!r} that many rows share, to be told apart from noise of "
            f"{self._noise:,.0f} rows. Received: none. Leave the column out, or pass a larger epsilon."
        )


def _in_unit(family: str, values: np.ndarray, kind: str) -> np.ndarray:
    """Cells as numbers: dates in days, datetimes in seconds."""
    if kind not in DATES:
        return values.astype(np.float64)
    seconds = texts_as_dates(values.tolist()) if family == "text" else values
    if seconds is None:
        raise DataError("Expected ISO dates, as when the kinds of columns were read. Received: other text.")
    return np.asarray(seconds, np.float64) / (_DAY if kind == "date" else 1.0)


def _cells(numbers: np.ndarray, kind: str, missing: int) -> Any:
    """Numbers as a column of that kind has them, and missing cells behind."""
    if kind in DATES:
        unit = "D" if kind == "date" else "s"
        absent = np.full(missing, np.datetime64("NaT", "s"))
        return np.concatenate([numbers.astype(np.int64).astype(f"datetime64[{unit}]").astype("datetime64[s]"), absent])
    return np.concatenate([numbers, np.full(missing, np.nan)])
