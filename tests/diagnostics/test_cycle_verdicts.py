import math

import pytest

from kgan.diagnostics import CycleSigns, cycle_verdicts


def signs(**changes):
    settings = {"cycle_error": 0.2, "a2b_change": 0.3, "b2a_change": 0.3, "a2b_response": 1.0, "b2a_response": 1.0}
    settings |= {"a_separation": 0.8, "b_separation": 0.8, "logit_spread": 0.5}
    return CycleSigns(**{**settings, "discriminator_change": 0.01, "generator_change": 0.01, **changes})


FALLING = [signs(cycle_error=error) for error in (0.5, 0.4, 0.3, 0.2)]


@pytest.mark.parametrize(
    ("history", "name"),
    [
        ([signs()], "too early to say"),
        (FALLING, "improving"),
        ([signs()] * 4, "comes back as well as it gets"),
        ([signs(cycle_error=math.nan)], "diverged"),
        ([signs(logit_spread=1e-6)] * 2, "discriminator is dead"),
        ([signs(a2b_change=0.001)] * 4, "nothing is translated"),
        ([signs(a2b_change=0.001)] * 3, "comes back as well as it gets"),
        ([signs(b2a_response=0.01)] * 4, "output ignores the input"),
        ([signs(a_separation=1.0, b_separation=0.99)] * 4, "discriminator wins"),
        ([signs(a_separation=1.0, b_separation=0.6)] * 4, "comes back as well as it gets"),
        ([signs(a2b_change=math.nan, b2a_change=math.nan)] * 4, "comes back as well as it gets"),
    ],
)
def test_what_training_looks_like_has_a_name(history, name):
    verdict = cycle_verdicts.judge(history)
    assert verdict.name == name
    assert name in cycle_verdicts.NAMES
    assert str(verdict).startswith(f"{name}: ")


def test_no_look_has_no_verdict():
    with pytest.raises(ValueError, match="at least one look"):
        cycle_verdicts.judge([])
