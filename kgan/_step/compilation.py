"""How much of a training step XLA compiles."""

import enum
import math
import os
from collections.abc import Callable, Iterable

import keras
import tensorflow as tf

from kgan._game.draws import Draws
from kgan._kernels import library
from kgan._kernels.library import Library

_CONVOLUTIONS = (
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
    keras.layers.Conv1DTranspose,
    keras.layers.Conv2DTranspose,
    keras.layers.Conv3DTranspose,
)
_LARGE = (
    2**17
)  # weights of convolutions from which their own speed decides, as `dcgan_*` for 28 x 28 have from width 48


SWITCH = "KGAN_XLA"  # environment variable: with "0", "auto" is False


class Compilation(enum.Enum):
    """How much it is."""

    WHOLE = "the step as one function, Keras's jit_compile"
    WAYS = "each way that the step can take on its own, see kgan.branches"
    CONVOLUTIONS = "convolutions of large kernels and augmentation, beside oneDNN's convolutions"
    NOTHING = "nothing"

    @classmethod
    def of_step(
        cls,
        asked: "bool | str",
        layers: Iterable[keras.layers.Layer],
        *,
        supported: bool,
        in_graph: bool,
        branches: bool,
        freezes: bool,
    ) -> "Compilation":
        """What an argument `jit_compile` comes to.

        Args:
            asked: `True`, `False`, or `"auto"`: wherever it can be had and is faster, and nowhere if the environment
                has `KGAN_XLA=0`.
            layers: Of both players. Large convolutions are faster with oneDNN, the largest with both; so is a step of
                several ways.
            supported: Whether XLA can compile every layer, and compiles the step once.
            in_graph: Whether the step is a graph of one replica: XLA cannot compile where replicas meet.
            branches: Whether what a step does depends on its number. XLA's convolutions run on one core in a branch on
                CPU, so that each way is compiled on its own there.
            freezes: Whether it depends on which player is frozen too, which would be too many ways.
        """
        if asked == "auto" and os.environ.get(SWITCH) == "0":
            asked = False
        slow_as_whole = in_graph and (branches or freezes) and library.has_only_cpu()
        if asked != "auto":
            return cls.NOTHING if not asked else cls.WAYS if slow_as_whole and not freezes else cls.WHOLE
        if not in_graph:
            return cls.NOTHING
        if not supported or (slow_as_whole and freezes):
            return cls.CONVOLUTIONS if _uses_onednn() else cls.NOTHING
        # A way that is compiled on its own takes 1 to 1.6 times the processor time of oneDNN's for a step, and seconds
        # to compile, tens of seconds with ADA: benchmarks/several_ways.py.
        if _uses_onednn() and (slow_as_whole or _favour_onednn(layers)):
            return cls.CONVOLUTIONS
        return cls.WAYS if slow_as_whole else cls.WHOLE

    @property
    def library(self) -> Library | None:
        """Whose kernels compute a step of one replica."""
        if self in (Compilation.WHOLE, Compilation.WAYS):
            return Library.XLA
        if self is Compilation.CONVOLUTIONS:
            return Library.ONEDNN_WITH_XLA
        return Library.ONEDNN if _uses_onednn() else None


def has_recurrent_loop(discriminator: keras.Model) -> bool:
    """Whether a network has one, which a penalty on its input gradients differentiates twice.

    XLA takes what such a loop keeps for its second derivative for constants, and compiles the step anew at each step. A
    layer with `unroll=True` has no loop.
    """
    return any(isinstance(one, keras.layers.RNN) and not one.unroll for one in discriminator._flatten_layers())


def _uses_onednn() -> bool:
    """Whether oneDNN computes what XLA does not."""
    return library.has_only_cpu() and library.has_onednn()


def _favour_onednn(layers: Iterable[keras.layers.Layer]) -> bool:
    """Whether their convolutions are large together, or one has groups.

    XLA takes twice the time of oneDNN for groups: a step of R3GAN of width 32 on 32 pictures of 32 x 32 x 3 took 622 ms
    of processor time, and 308 ms without XLA.
    """
    found = [layer for layer in layers if isinstance(layer, _CONVOLUTIONS) and layer.built]
    has_groups = any(getattr(layer, "groups", 1) > 1 for layer in found)  # transposed convolutions know none
    return has_groups or sum(math.prod(layer.kernel.shape) for layer in found) >= _LARGE


def compiled_alone(change: Callable) -> Callable:
    """Of a function of samples and draws, which XLA then compiles on its own; its derivatives too.

    TensorFlow computes what an augmentation is made of, some hundred small operations and their derivatives, one by
    one; XLA as a few. A step with ADA and a lazy penalty took 26 ms of processor time in place of 32, for four seconds
    more before the first: python benchmarks/several_ways.py --width 32.
    """

    def compiled(samples: tf.Tensor, draws: Draws) -> tf.Tensor:
        return tf.function(lambda inputs: change(inputs, draws), autograph=False, jit_compile=True)(samples)

    return compiled


def check(asked: "bool | str", is_distributed: bool) -> None:
    """Refuses what is no `jit_compile`, or cannot be had.

    Raises:
        ValueError: if `asked` is not 'auto', True or False, or is True on a strategy.
    """
    if asked not in ("auto", True, False):
        raise ValueError(f"Expected jit_compile as 'auto', True or False. Received: jit_compile={asked!r}.")
    if asked is True and is_distributed:
        raise ValueError(
            "Expected jit_compile as 'auto' or False on a tf.distribute strategy: replicas meet in every update, "
            "which XLA cannot compile. Received: jit_compile=True."
        )
