"""Rows drawn from a generator of tables, such that what is asked of them holds.

A network gives numbers in (-1, 1) for the columns that have such, and scores for each code of each column. Codes are
drawn by their scores (Gumbel's maximum); a code that is asked for is taken. A number outside of what is asked is drawn
again, with the whole row; after some rounds it is taken from what the training data has there. Free of kgan: its text
goes into the program that is copied into a bundle.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .bundle_file import BundleError, short
from .latent_draws import LARGEST_SEED, draw_latents
from .table_columns import TableColumns
from .table_conditions import wanted

__all__ = ["ROWS", "TableColumns", "TableDrawing"]

ROWS = 500  # that are drawn at once
REDRAWS = 8  # in which a row is drawn again
SPREAD = 4.0  # standard deviations that the end of the numbers is away from a mode's mean


class TableDrawing:
    """Draws rows.

    Args:
        columns: `TableColumns`.
        latent_dim: Numbers in a row of latents.
        run: From latents `(rows, latent_dim)` and conditions `(rows, condition_dim)`, float32, to what the network
            gives, float `(rows, width)`.
        distribution: Of the latents.
        arguments: Of the distribution.

    Attributes:
        taken: Numbers that were taken from the training data's, by the column's name: no round gave one in the range.
    """

    def __init__(
        self,
        columns: TableColumns,
        latent_dim: int,
        run: Callable[[np.ndarray, np.ndarray], np.ndarray],
        distribution: str = "normal",
        arguments: dict[str, Any] | None = None,
    ) -> None:
        self.columns, self.latent_dim, self.run = columns, latent_dim, run
        self._latents = (distribution, arguments)
        self.taken: dict[str, int] = {}

    def parts(self, count: int, seed: int, where: dict[str, Any] | None = None) -> Iterator[dict[str, np.ndarray]]:
        """Arrays of cells by the names of the columns, so many rows at once; the first rows do not depend on `count`.

        Args:
            count: How many, 1 or more.
            seed: 0 to 2**32 - 1.
            where: As `wanted` takes it.

        Raises:
            BundleError: if `count` or `seed` is out of range, or as `wanted`.
        """
        if isinstance(count, bool) or not isinstance(count, (int, np.integer)) or count < 1:
            raise BundleError(f"Expected count >= 1, a whole number. Received: count={short(count)}.")
        if not isinstance(seed, (int, np.integer)) or not 0 <= seed <= LARGEST_SEED:
            raise BundleError(f"Expected seed between 0 and {LARGEST_SEED}. Received: seed={short(seed)}.")
        self.columns.constraints.check_count(int(count))
        asked = wanted(self.columns, where)
        self.taken = {}
        return (
            self._part(int(seed), start // ROWS, min(ROWS, count - start), asked) for start in range(0, count, ROWS)
        )

    def _part(self, seed, number, rows, asked):
        random = np.random.RandomState([seed, number])
        conditions = self._conditions(random, asked)[:rows]
        codes, numbers = self._rows(random, conditions, np.arange(rows))
        bounds = {place: one.bounds for place, one in asked.items() if one.bounds is not None}
        left = self._outside(codes, numbers, bounds)
        for _ in range(REDRAWS):
            if not len(left):
                break
            codes[left], numbers[left] = self._rows(random, conditions[left], left)
            left = left[self._outside(codes[left], numbers[left], bounds)]
        for place, ends in bounds.items():
            self._take(random, place, ends, codes[:, place], numbers[:, place])
        cells = {
            column.name: column.cells(codes[:, place], numbers[:, place])
            for place, column in enumerate(self.columns.columns)
        }
        return self.columns.constraints.whole(cells, number * ROWS)

    def _conditions(self, random, asked):
        """Codes of the columns that rows are conditioned on, -1 elsewhere: what is asked, or one of values each."""
        columns = self.columns
        codes = np.full((ROWS, len(columns.columns)), -1, np.int64)
        for place in sorted(asked):
            codes[:, place] = asked[place].draw(random.random_sample(ROWS))
        plain = [place for place in columns.conditional if not columns.columns[place].ranked]
        if not asked and plain:
            which = random.randint(len(plain), size=ROWS)
            uniform = random.random_sample(ROWS)
            for number, place in enumerate(plain):
                mine = which == number
                passed = np.cumsum(columns.columns[place].counts)
                codes[mine, place] = np.searchsorted(passed, uniform[mine] * passed[-1], side="right")
        return codes

    def _rows(self, random, conditions, rows):
        """Codes and numbers of the rows of those places among all that are drawn at once."""
        columns, (distribution, arguments) = self.columns, self._latents
        latents = draw_latents(distribution, ROWS, self.latent_dim, random.randint(2**31), arguments)
        uniform = random.random_sample((ROWS, columns.condition_dim))
        given = self.run(np.ascontiguousarray(latents[rows]), columns.conditions(conditions))
        scores = given[:, columns.numbers :] - np.log(-np.log(np.maximum(uniform[rows], 1e-300)))
        by_column = {
            place: scores[:, columns.starts[place] : columns.starts[place] + sum(columns.columns[place].blocks)]
            for place in columns.conditional
        }
        codes = columns.chosen(by_column) if by_column else np.zeros((len(rows), len(columns.columns)), np.int64)
        codes = np.where(conditions >= 0, conditions, codes)
        numbers, at = np.zeros(codes.shape), 0
        scores = columns.scores(given[:, : columns.numbers])
        for place, column in enumerate(columns.columns):
            if column.continuous:
                numbers[:, place] = _numbers_at(column, codes[:, place], scores[:, at])
                at += 1
        return codes, numbers

    def _outside(self, codes, numbers, bounds):
        """The rows with a number outside of what is asked."""
        out = np.zeros(len(codes), bool)
        for place, (low, high) in bounds.items():
            is_number = codes[:, place] != self.columns.columns[place].code_of_missing()
            out |= is_number & ((numbers[:, place] < low) | (numbers[:, place] > high))
        return np.flatnonzero(out)

    def _take(self, random, place, ends, codes, numbers):
        """Numbers that are still outside, from the quantiles of the training data in the range; changed in place."""
        column, uniform = self.columns.columns[place], random.random_sample(ROWS)[: len(codes)]
        (low, high) = ends
        out = (codes != column.code_of_missing()) & ((numbers < low) | (numbers > high))
        if not out.any():
            return
        grid = np.linspace(0.0, 1.0, column.quantiles.shape[1])
        for mode in np.unique(codes[out]):
            rows, quantiles = out & (codes == mode), column.quantiles[mode]
            ends_of = np.interp(low, quantiles, grid), np.interp(high, quantiles, grid)
            if ends_of[1] > ends_of[0]:
                drawn = np.interp(ends_of[0] + uniform[rows] * (ends_of[1] - ends_of[0]), grid, quantiles)
            else:
                drawn = low + uniform[rows] * (high - low)
            numbers[rows] = np.clip(_rounded(column, np.clip(drawn, low, high)), low, high)
        self.taken[column.name] = self.taken.get(column.name, 0) + int(out.sum())


def _numbers_at(column, codes, places):
    """The numbers at these places in (-1, 1) of their modes, or of these scores, as the column writes them."""
    if column.ranked:
        return _rounded(column, np.interp(places, *column.knots))
    modes = np.minimum(codes, len(column.means) - 1)
    numbers = column.means[modes] + SPREAD * column.scales[modes] * places
    numbers = np.clip(numbers, column.quantiles[modes, 0], column.quantiles[modes, -1])
    return np.where(column.scales[modes] == 0, column.means[modes], _rounded(column, numbers))


def _rounded(column, numbers):
    return numbers if column.decimals is None else np.round(numbers, column.decimals)
