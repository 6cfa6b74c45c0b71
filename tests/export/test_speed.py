"""Which of two artefacts is called faster, by a clock that the test turns."""

import pytest

from kgan.export import speed


def race(artefact, usual):
    """What is found where one run takes these seconds, by the size of the batch."""
    now, order = [0.0], []

    def taking(name, seconds):
        def run(inputs):
            order.append(name)
            now[0] += seconds[inputs["x"]]

        return run

    found = speed.compared(
        taking("a", artefact), taking("b", usual), lambda batch: {"x": batch}, (1, 64), lambda: now[0]
    )
    return found, order


def test_speed_is_by_how_many_times_the_usual_run_takes_longer():
    found, order = race({1: 0.01, 64: 0.1}, {1: 0.02, 64: 0.4})
    assert found["speed"] == {"1": pytest.approx(2.0), "64": pytest.approx(4.0)}
    assert found["faster"] is True
    assert order[:6] == ["a", "b"] * 3


def test_what_is_slower_at_one_size_is_not_called_faster():
    found, _ = race({1: 0.01, 64: 0.1}, {1: 0.02, 64: 0.09})
    assert found["speed"]["64"] == pytest.approx(0.9)
    assert found["faster"] is False
