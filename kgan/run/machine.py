"""On what a run trains, in a line, and in a line too that its memory or disk does not suffice."""

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import tensorflow as tf

from kgan._support.cores import cores
from kgan.run.folder import RunError
from kgan.run.plan import Plan

__all__ = ["described", "told_when_exhausted"]

_DRIVER = Path("/proc/driver/nvidia/version")
_MEMORY = re.compile(r"OOM|out of memory|allocat", re.IGNORECASE)
_DISK = re.compile(r"space left|quota", re.IGNORECASE)
_SHAPE = re.compile(r"shape\s*\[([\d,\s]+)\]")


def described(strategy: "tf.distribute.Strategy | None" = None) -> str:
    """The device, as `"2 CPU cores"` or `"a GPU (NVIDIA H100 80GB HBM3)"`, and why it is no GPU where there is one.

    Args:
        strategy: On which replicas; `None` for one, which takes the first GPU.
    """
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        count = cores()
        text = f"{count} CPU core{'' if count == 1 else 's'}"
        return f"{text}, {_WITHOUT_CUDA}" if _DRIVER.exists() else text
    names = [str(tf.config.experimental.get_device_details(gpu).get("device_name", "of no name")) for gpu in gpus]
    if strategy is not None and strategy.num_replicas_in_sync > 1:
        return f"{strategy.num_replicas_in_sync} replicas, on {' and '.join(sorted(set(names)))}"
    if len(gpus) == 1:
        return f"a GPU ({names[0]})"
    return f'the first of {len(gpus)} GPUs ({names[0]}); the strategy "mirrored" takes all'


_WITHOUT_CUDA = (
    "though there is a driver for NVIDIA GPUs: TensorFlow finds none that it can use. "
    "pip install 'tensorflow[and-cuda]' brings what it needs"
)


@contextlib.contextmanager
def told_when_exhausted(plan: Plan, folder: Path) -> Iterator[None]:
    """Around training: what TensorFlow says on pages when memory or disk do not suffice is told in a line.

    Args:
        plan: What is trained.
        folder: The run folder.

    Raises:
        RunError: if memory or the disk did not suffice.
    """
    try:
        yield
    except (tf.errors.ResourceExhaustedError, tf.errors.InternalError, MemoryError) as error:
        text = str(error)
        if isinstance(error, MemoryError) or (_exhausted(error) and _MEMORY.search(text) and not _DISK.search(text)):
            raise _too_little_memory(plan, folder, text) from error
        if _exhausted(error) and _DISK.search(text):
            raise RunError(
                f"Expected room on the disk of {folder}. Received: none that is left. Make room, then go on: "
                f"kgan resume {folder}."
            ) from error
        raise


def _exhausted(error: Exception) -> bool:
    """XLA tells it as an internal error with the name of the other."""
    return isinstance(error, tf.errors.ResourceExhaustedError) or "RESOURCE_EXHAUSTED" in str(error)


def _too_little_memory(plan: Plan, folder: Path, text: str) -> RunError:
    batch_size = plan.recipe.batch_size
    found = _SHAPE.search(text)
    what = f", in which a tensor of shape ({found[1].replace(',', ', ')}) found no room" if found else ""
    smaller = f"Try batch_size={batch_size // 2}, smaller" if batch_size > 1 else "Try smaller"
    begun = (folder / "checkpoints").exists()
    onward = f" kgan train DATA --init-from {folder} starts from the weights so far." if begun else ""
    return RunError(
        f"Expected a step that fits into the memory of {described().partition(',')[0]}. Received: "
        f"batch_size={batch_size}{what}. {smaller} pictures or narrower networks.{onward}"
    )
