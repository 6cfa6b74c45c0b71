"""The generator's one forward pass in a step, which both sides use."""

import contextlib
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from kgan._game.batch import SAMPLES


def named(outputs: Any) -> dict[str, tf.Tensor]:
    """A generator's outputs by name, float32; one that stands alone is `"samples"`."""
    by_name = outputs if isinstance(outputs, dict) else {SAMPLES: outputs}
    return {name: tf.cast(output, tf.float32) for name, output in by_name.items()}


class GeneratorPass:
    """The generator's outputs for one batch, and the way back from them to its weights.

    Moving statistics and the seeds of dropout wait in a scope: they move only when the generator is updated.

    Args:
        generator: Called with `training=True`.
        inputs: What it is called with.
        differentiable: Whether `gradients` will be asked for.

    Attributes:
        outputs: By name, `(batch, ...)` float32.
    """

    def __init__(self, generator: keras.Model, inputs: Any, differentiable: bool = True):
        self._generator = generator
        with tf.GradientTape() if differentiable else contextlib.nullcontext() as self._tape:
            with keras.StatelessScope() as self._moved:
                self.outputs = named(generator(inputs, training=True))
            self._regularisation = generator.losses

    def gradients(self, output_gradients: Sequence["tf.Tensor | None"], scale: tf.Tensor) -> list["tf.Tensor | None"]:
        """The gradients of the generator's weights.

        Args:
            output_gradients: Of the loss by each of `outputs`, in order; `None` where it does not depend on one.
            scale: What the loss was multiplied by; the generator's regularisation is multiplied by it too.
        """
        reached = [
            (output, gradient)
            for output, gradient in zip(self.outputs.values(), output_gradients, strict=True)
            if gradient is not None
        ]
        targets = [*(output for output, _ in reached), *self._regularisation]
        slopes = [*(gradient for _, gradient in reached), *(scale * tf.ones_like(one) for one in self._regularisation)]
        return self._tape.gradient(targets, self._generator.trainable_variables, output_gradients=slopes)

    def keep_what_moved(self) -> None:
        """Assigns what layers moved in the pass: BatchNormalization's moving statistics and the like."""
        for variable in self._generator.variables:
            value = self._moved.get_current_value(variable)
            if value is not None:
                variable.assign(value)
