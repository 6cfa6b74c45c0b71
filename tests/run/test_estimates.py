"""What a run will take is told after its first steps, and refused beforehand where it cannot be."""

import math
import re
import types

import pytest

from games import small_dcgan
from kgan.callbacks import pace
from kgan.run import RunError, estimates


@pytest.fixture(scope="module")
def gan():
    model = small_dcgan()
    model.compile(jit_compile=False)
    return model


def test_a_step_holds_what_layers_with_kernels_give_for_each_sample(gan):
    found = estimates.needs(gan)
    layers = [layer for network in (gan.generator, gan.discriminator) for layer in network._flatten_layers()]
    shapes = [layer.output.shape[1:] for layer in layers if hasattr(layer, "kernel")]
    assert found.each == 4 * sum(math.prod(shape) for shape in shapes)
    assert found.memory(10) - found.memory(9) == found.each
    assert found.weights >= 4 * (gan.generator.count_params() + gan.discriminator.count_params())
    assert found.disk == 4 * found.weights


def test_what_fits_is_let_through(gan, tmp_path):
    assert estimates.check_fits(gan, 64, tmp_path / "runs" / "a") == estimates.needs(gan)


def test_more_than_all_memory_is_refused_with_a_batch_that_fits(gan, tmp_path, monkeypatch):
    found = estimates.needs(gan)
    monkeypatch.setattr(estimates, "machine_memory", lambda: found.memory(100))
    monkeypatch.setattr(estimates.tf.config, "list_physical_devices", lambda kind: [])
    estimates.check_fits(gan, 100, tmp_path)
    with pytest.raises(RunError, match="Expected a step that fits into.*batch_size=101.*Try batch_size=32"):
        estimates.check_fits(gan, 101, tmp_path)
    monkeypatch.setattr(estimates.tf.config, "list_physical_devices", lambda kind: ["a GPU"])
    estimates.check_fits(gan, 101, tmp_path)


def test_a_disk_without_room_for_a_checkpoint_is_refused(gan, tmp_path, monkeypatch):
    weights = estimates.needs(gan).weights
    monkeypatch.setattr(estimates.shutil, "disk_usage", lambda path: types.SimpleNamespace(free=weights - 1))
    with pytest.raises(RunError, match=f"Expected room for a checkpoint of .*Received: {tmp_path}, which has"):
        estimates.check_fits(gan, 64, tmp_path / "runs" / "a")


def test_the_memory_of_a_machine_is_known():
    assert 2**26 < estimates.machine_memory() < 2**50
    assert 2**20 < estimates.peak_memory() < 2**50


class Clock:
    """A clock that is set by hand."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        monkeypatch.setattr(estimates, "Pace", lambda epochs: pace.Pace(epochs, lambda: self.now))


def trained(monkeypatch, epochs, steps, seconds_of_a_step, first=40.0, between=1.0):
    """What is said, and after which step of which epoch."""
    clock, said = Clock(monkeypatch), []
    told = estimates.FirstSteps(lambda line: said.append((epoch, step, line)), disk=3 * 2**20)
    told.set_params({"epochs": epochs, "steps": steps})
    epoch, step = 0, 0
    told.on_train_begin()
    for epoch in range(epochs):
        told.on_epoch_begin(epoch)
        for step in range(steps):
            clock.now += first if (epoch, step) == (0, 0) else seconds_of_a_step
            told.on_train_batch_end(step)
        clock.now += between
    return said


def test_of_long_epochs_it_is_told_by_the_steps_after_the_first(monkeypatch):
    ((epoch, step, line),) = trained(monkeypatch, epochs=10, steps=100, seconds_of_a_step=3.0)
    assert (epoch, step) == (0, 4)  # five steps, of which the first compiled
    # 300 s an epoch; 95 steps of this one and nine times a hundred of the others
    assert line.startswith("About 5 min 0 s an epoch, 49 min 45 s to the end without what comes after each; ")
    assert re.search(r"; [\d.,]+ (MiB|GiB) of memory so far; 3 MiB of disk for checkpoints\.$", line)


def test_of_short_epochs_it_is_told_by_whole_ones(monkeypatch):
    ((epoch, _, line),) = trained(monkeypatch, epochs=12, steps=10, seconds_of_a_step=0.1, between=2.0)
    assert epoch == 2
    assert line.startswith("About 3 s an epoch, 30 s to the end; ")


def test_nothing_is_told_where_it_is_over_before(monkeypatch):
    assert trained(monkeypatch, epochs=2, steps=3, seconds_of_a_step=0.1) == []
