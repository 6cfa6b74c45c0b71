"""What stands in a generator's place where benchmarks/rare_classes.py gives real pictures."""

import benchmark_programs
import numpy as np
import pytest


@pytest.fixture(scope="module")
def bench():
    return benchmark_programs.load("rare_classes")


def test_reals_are_those_that_were_left_out_and_none_comes_twice(bench):
    learned, held_out, (x, y) = bench.parts([3, 8], 0.05, seed=0)
    assert set(y) == {3, 8}
    assert len(learned[0]) + len(held_out[0]) + len(x) == 5_000
    share = bench.share_of(learned[1], y)
    wanted = np.bincount(learned[1]).max() * share
    labels = np.repeat([8, 3], [int(wanted) - np.sum(learned[1] == one) for one in (8, 3)])
    drawn = bench.Reals(x, y).generate(len(labels), 0, labels)
    back = np.round((drawn + 1.0) * 127.5).astype(np.uint8)
    assert len({one.tobytes() for one in back}) == len(labels)
    assert {one.tobytes() for one in back[labels == 3]} <= {one.tobytes() for one in x[y == 3]}
    with pytest.raises(ValueError, match="larger sample than population|Cannot take a larger"):
        bench.Reals(x, y).generate(len(y), 0, np.full(len(y), 3))
