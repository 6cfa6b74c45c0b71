"""What figures of a generator of rows are called."""

import math

import pytest

from kgan.diagnostics.table_signs import TableSigns
from kgan.diagnostics.table_verdicts import NAMES, judge


def signs(shapes=0.9, separation=0.6, spread=1.0):
    return TableSigns(shapes, shapes - 0.1, separation, spread, 0.01, 0.01)


@pytest.mark.parametrize(
    ("history", "name"),
    [
        ([signs()], "too early to say"),
        ([signs(0.5), signs(0.6)], "improving"),
        ([signs(0.9)] * 10, "as close as it gets"),
        ([signs(0.5, separation=0.99)] * 10, "discriminator wins"),
        ([signs(0.5 + 0.02 * look, separation=0.99) for look in range(10)], "improving"),
        ([signs(), signs(spread=0.0)], "discriminator is dead"),
        ([signs(separation=math.nan)], "diverged"),
    ],
)
def test_a_history_has_the_name_of_its_last_looks(history, name):
    assert judge(history).name == name
    assert name in NAMES


def test_no_look_is_refused():
    with pytest.raises(ValueError, match="at least one look"):
        judge([])
