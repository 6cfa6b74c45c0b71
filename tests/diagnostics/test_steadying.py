import pytest

from kgan.diagnostics import Verdict
from kgan.diagnostics.steadying import steadied


def verdict(name, samples="near the data"):
    return Verdict(name, "figures", "advice", samples=samples)


def shown(*names, samples="near the data"):
    """The names that are given where looks say these."""
    given, before = None, ""
    told = []
    for name in names:
        given = steadied(verdict(name, samples), before, given)
        before = name
        told.append(given.name)
    return told


def test_a_verdict_changes_only_when_two_looks_in_a_row_say_so():
    assert shown("balanced", "collapsed", "balanced", "collapsed", "balanced") == ["balanced"] * 5
    assert shown("balanced", "collapsed", "collapsed") == ["balanced", "balanced", "collapsed"]
    assert shown("balanced", "oscillating", "collapsed", "collapsed") == ["balanced"] * 3 + ["collapsed"]


def test_the_same_verdict_is_told_with_the_figures_of_now():
    earlier, now = Verdict("balanced", "of then", ""), Verdict("balanced", "of now", "")
    assert steadied(now, "balanced", earlier) is now
    assert steadied(now, "collapsed", earlier) is now


@pytest.mark.parametrize(
    ("names", "told"),
    [(("balanced", "diverged"), "diverged"), (("too early to say", "improving"), "improving")],
)
def test_divergence_and_what_follows_the_first_looks_need_no_second(names, told):
    assert shown(*names)[-1] == told


@pytest.mark.parametrize("well", ["balanced", "improving", "as close as reals"])
def test_nothing_is_well_over_samples_that_are_far_not_even_for_a_look(well):
    far = Verdict("far from the data", "figures", "advice", samples="far from the data, getting worse")
    assert steadied(far, well, verdict(well)) is far
    assert steadied(far, "collapsed", verdict("collapsed")).name == "collapsed"
