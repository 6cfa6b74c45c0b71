import numpy as np
import pytest
from cycle_games import collections, compiled, lines

import kgan


def test_the_monitor_reads_known_translators_right():
    """G(x) = x / 2 + 0.1, F(x) = 3 x / 2 - 0.2, D(x) = mean x."""
    model, said = compiled(lines()), []
    monitor = kgan.callbacks.CycleMonitor(say=said.append, num_samples=4)
    a, b = collections(6, 4)
    model.fit(a, b, batch_size=2, verbose=0, callbacks=[monitor], validation_data=(a, b))
    a, b, signs = a[:4], b[:4], monitor.history[-1]
    cycle = np.mean([np.abs(1.5 * (0.5 * a + 0.1) - 0.2 - a).mean(), np.abs(0.5 * (1.5 * b - 0.2) + 0.1 - b).mean()])
    assert signs.cycle_error == pytest.approx(cycle, rel=1e-4)
    assert signs.a2b_change == pytest.approx(np.abs(0.5 * a + 0.1 - a).mean(), rel=1e-4)
    spread = [np.sqrt(np.var(side, axis=0).mean()) for side in (a, b)]
    assert signs.a2b_response == pytest.approx(0.5 * spread[0] / spread[1], rel=1e-4)
    assert np.isnan(signs.generator_change)
    assert monitor.verdicts[-1].name == "too early to say"
    assert "too early to say" in said[0]


def test_a_model_of_another_kind_is_refused():
    monitor = kgan.callbacks.CycleMonitor()
    monitor.set_model(object())
    with pytest.raises(ValueError, match=r"Expected a kgan.CycleTranslation .*Received: object"):
        monitor.on_train_begin()


def test_the_grid_has_both_sides_there_and_back(tmp_path):
    model = compiled(lines())
    a, b = collections(3, 4)
    model.fit(a, b, verbose=0, callbacks=[kgan.callbacks.CycleGrid(tmp_path, rows=2)])
    assert [path.name for path in tmp_path.iterdir()] == ["epoch-0001.png"]
