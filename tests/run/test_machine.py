"""A run says on what it trains, and in a line what its machine lacks."""

import re
from pathlib import Path

import pytest
import tensorflow as tf

from kgan import run
from kgan.models.adversarial import AdversarialModel
from kgan.run import machine, training

SETTINGS = {"generator_width": "4", "discriminator_width": "4", "latent_dim": "4", "features": "none"}
OOM = "{{node conv}} OOM when allocating tensor with shape[64,512,64,64] and type float on /device:GPU:0 by allocator"


def gpus(monkeypatch, *names):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [*names] if kind == "GPU" else ["CPU"])
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda gpu: {"device_name": gpu})


def test_processors_are_counted_as_this_process_may_use_them(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "_DRIVER", tmp_path / "none")
    monkeypatch.setattr(machine, "cores", lambda: 2)
    assert machine.described() == "2 CPU cores"
    monkeypatch.setattr(machine, "cores", lambda: 1)
    assert machine.described() == "1 CPU core"
    (tmp_path / "none").touch()
    assert "TensorFlow finds none that it can use. pip install 'tensorflow[and-cuda]'" in machine.described()


def test_cores_are_at_least_one():
    assert machine.cores() >= 1


def test_a_gpu_is_called_by_its_name_and_one_of_several_says_how_to_take_all(monkeypatch):
    gpus(monkeypatch, "NVIDIA T4")
    assert machine.described() == "a GPU (NVIDIA T4)"
    gpus(monkeypatch, "NVIDIA T4", "NVIDIA T4")
    assert machine.described() == 'the first of 2 GPUs (NVIDIA T4); the strategy "mirrored" takes all'


@pytest.mark.parametrize(
    "error",
    [
        tf.errors.ResourceExhaustedError(None, None, OOM),
        tf.errors.InternalError(None, None, "RESOURCE_EXHAUSTED: Out of memory while trying to allocate 12 bytes."),
        MemoryError(),
    ],
)
@pytest.mark.parametrize("steps", [0, 1])
def test_too_little_memory_is_told_in_a_line_with_a_way_out(tmp_path, monkeypatch, error, steps):
    monkeypatch.setattr(machine, "described", lambda strategy=None: "2 CPU cores")

    def fail(self, *args, **kwargs):
        if steps:
            (tmp_path / "out" / "checkpoints").mkdir()
        raise error

    monkeypatch.setattr(AdversarialModel, "fit", fail)
    plan = run.Plan.make("digits", settings=SETTINGS, epochs=1, batch_size=64)
    with pytest.raises(run.RunError, match="fits into the memory of 2 CPU cores. Received: batch_size=64") as raised:
        training.train(plan, tmp_path / "out", verbose=0)
    said = str(raised.value)
    assert ("a tensor of shape (64, 512, 64, 64) found no room" in said.replace(",  ", ", ")) == ("OOM" in str(error))
    assert "Try batch_size=32, smaller pictures or narrower networks." in said
    assert "\n" not in said
    assert (tmp_path / "out").exists() == (f"--init-from {tmp_path / 'out'}" in said) == bool(steps)


def test_a_full_disk_is_no_lack_of_memory_and_other_errors_stay_what_they_are():
    plan = run.Plan.make("digits", settings=SETTINGS)
    full = tf.errors.ResourceExhaustedError(None, None, "events.out; No space left on device")
    with pytest.raises(run.RunError, match="room on the disk of somewhere.*kgan resume somewhere"):
        fail(full, plan)
    for error in (tf.errors.InternalError(None, None, "something else"), ValueError("no")):
        with pytest.raises(type(error), match=re.escape(str(error))):
            fail(error, plan)


def fail(error, plan):
    with machine.told_when_exhausted(plan, Path("somewhere")):
        raise error
