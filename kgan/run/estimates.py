"""What a run will take: what must fit, before its first step; how long, and how much memory and disk, after some."""

import math
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from kgan._support import limits
from kgan.callbacks.pace import Pace, duration
from kgan.models.adversarial import AdversarialModel
from kgan.run.folder import RunError

try:
    import resource
except ImportError:  # Windows has none
    resource = None  # type: ignore[assignment]

__all__ = ["FirstSteps", "Needs", "check_fits", "machine_memory", "needs", "peak_memory"]

_ENOUGH_SECONDS, _ENOUGH_STEPS = 5.0, 5  # of steps after the first, which compiles
_CHECKPOINTS = 4  # at most at once: the newest two, the best, and one that is being written
_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")  # of a container


@dataclass(frozen=True)
class Needs:
    """What training takes at the least.

    Attributes:
        weights: Bytes of all weights, averages and what optimizers keep of them.
        each: Bytes that a step holds for each sample of a batch, between its way forward and its way back.
    """

    weights: int
    each: int

    @property
    def disk(self) -> int:
        """Bytes that checkpoints take."""
        return _CHECKPOINTS * self.weights

    def memory(self, batch_size: int) -> int:
        """Bytes that a step holds."""
        return self.weights + batch_size * self.each


def needs(model: AdversarialModel) -> Needs:
    """Counts what is certain: whatever else a step holds comes on top of it."""
    trained = sum(
        _bytes(variable)
        for player in (model.generator, *model.discriminators.values())
        for variable in player.trainable_variables
    )
    kept = sum(_bytes(variable) for variable in model.variables)
    optimizers = (model.generator_optimizer, model.discriminator_optimizer)
    slots = sum(_bytes(variable) for one in optimizers for variable in one.variables)
    each = sum(_held(network) for network in (model.generator, *model.discriminators.values()))
    return Needs(max(kept, trained) + slots, each)


def check_fits(model: AdversarialModel, batch_size: int, folder: Path) -> Needs:
    """Refuses what this machine cannot hold: more than all its memory, or checkpoints than its disk has room for.

    What trains on an accelerator is not held against the machine's memory.

    Args:
        model: As it is built.
        batch_size: Samples in a batch.
        folder: Where the run folder will lie.

    Returns:
        What training needs.

    Raises:
        RunError: if it cannot fit.
    """
    found, memory = needs(model), machine_memory()
    if memory is not None and not tf.config.list_physical_devices("GPU") and found.memory(batch_size) > memory:
        fits = (memory - found.weights) // max(found.each, 1) // 2
        instead = f"Try batch_size={2 ** int(math.log2(fits))}. " if fits >= 1 else ""
        raise RunError(
            f"Expected a step that fits into the {limits.gibibytes(memory)} of memory of this machine. Received: "
            f"batch_size={batch_size}, of which a step holds {limits.gibibytes(found.memory(batch_size))} at the "
            f"least. {instead}Smaller pictures or narrower networks take less, too."
        )
    free = shutil.disk_usage(_there(folder)).free
    if found.weights > free:
        raise RunError(
            f"Expected room for a checkpoint of {limits.gibibytes(found.weights)}. Received: {_there(folder)}, which "
            f"has {limits.gibibytes(free)} left. Make room, or choose another folder for the run."
        )
    return found


def machine_memory() -> int | None:
    """Bytes of memory of this machine, or of the container that it is; `None` where nobody says."""
    found = []
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for path in map(Path, _LIMITS):
        text = path.read_text().strip() if path.is_file() else ""
        if text.isdigit():
            found.append(int(text))
    return min(found, default=None)


class FirstSteps(keras.callbacks.Callback):
    """Says once, after the first steps, how long the run will take, and how much memory and disk.

    Of long epochs it tells by their first steps, of short ones by the first two epochs.

    Args:
        say: Called with the line.
        disk: Bytes that checkpoints will take.
        done: Steps of the first epoch that an earlier training has done.
    """

    def __init__(self, say: Callable[[str], None], disk: int, done: int = 0):
        super().__init__()
        self._say, self._disk, self._done = say, disk, done
        self._pace: Pace | None = None  # None again once all is said
        self._epochs = 0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._pace = Pace(self.params["epochs"])

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self._pace is None:
            return
        self._pace.begin_epoch(epoch, self.params.get("steps"), self._done)
        self._done = 0
        self._epochs += 1
        if self._epochs == 3:  # the figures after the first epoch are compiled, those after the second are not
            self._tell(self._pace)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if self._pace is None:
            return
        self._pace.end_step()
        steps, each = self._pace.step, self._pace.seconds_of_a_step
        if each is not None and steps >= _ENOUGH_STEPS and steps * each >= _ENOUGH_SECONDS:
            self._tell(self._pace)

    def _tell(self, pace: Pace) -> None:
        each, left, self._pace = pace.seconds_of_a_step, pace.seconds_left, None
        if each is None or left is None:  # nobody knows how many steps an epoch has
            return
        seconds, besides = each * (pace.steps or 0), " without what comes after each"
        if pace.is_whole:  # as it is from the beginning of an epoch on
            seconds, besides = left / (pace.epochs - pace.epoch), ""
        peak = peak_memory()
        held = "" if peak is None else f"; {_size(peak)} of memory so far"
        self._say(
            f"About {duration(max(seconds, 1))} an epoch, {duration(max(left, 1))} to the end{besides}{held}; "
            f"{_size(self._disk)} of disk for checkpoints."
        )


def peak_memory() -> int | None:
    """Bytes that this process, or the first GPU where there is one, held at the most; `None` where nobody says."""
    if tf.config.list_physical_devices("GPU"):
        return int(tf.config.experimental.get_memory_info("GPU:0")["peak"])
    if resource is None:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _size(count: int) -> str:
    """For a reader: `40 MiB`, `1.2 GiB`."""
    return limits.gibibytes(count) if count >= 2**30 else f"{max(1, round(count / 2**20)):,} MiB"


def _bytes(variable: keras.Variable) -> int:
    return limits.array_bytes(variable.shape, tf.as_dtype(variable.dtype).size)


def _held(network: keras.Model) -> int:
    """Bytes of what the layers with kernels give for one sample, each of which the way back needs."""
    found = 0
    for layer in network._flatten_layers(include_self=False):
        shape = getattr(getattr(layer, "output", None), "shape", None) if hasattr(layer, "kernel") else None
        if shape is not None and None not in shape[1:]:
            found += limits.array_bytes(shape[1:], tf.as_dtype(layer.compute_dtype).size)
    return found


def _there(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    folder = folder.absolute()
    while not folder.is_dir():
        folder = folder.parent
    return folder
