"""Verdicts on generators of molecules, by made-up signs."""

import math

import pytest

from kgan.diagnostics.molecule_signs import MoleculeSigns
from kgan.diagnostics.molecule_verdicts import NAMES, judge

STILL = {
    "validity": 0.9,
    "uniqueness": 1.0,
    "likelihood": 30.0,
    "separation": 0.7,
    "logit_spread": 1.0,
    "discriminator_change": 0.01,
    "generator_change": 0.01,
}


def looks(count=5, **changed):
    return [MoleculeSigns(**{**STILL, **changed}) for _ in range(count)]


@pytest.mark.parametrize(
    ("history", "name"),
    [
        (looks(1), "too early to say"),
        (looks(2), "improving"),
        (looks(), "as close as it gets"),
        ([*looks(validity=0.8), *looks(1)], "improving"),
        ([*looks(likelihood=31.0), *looks(1)], "improving"),
        (looks(uniqueness=0.2), "writes few molecules"),
        (looks(logit_spread=0.0), "discriminator is dead"),
        (looks(likelihood=math.nan), "diverged"),
        (looks(validity=0.0, uniqueness=math.nan), "as close as it gets"),
    ],
)
def test_signs_have_names(history, name):
    verdict = judge(history)
    assert verdict.name == name
    assert name in NAMES
    assert verdict.advice or name in ("too early to say", "improving")


def test_no_look_is_no_verdict():
    with pytest.raises(ValueError, match="at least one look"):
        judge([])
