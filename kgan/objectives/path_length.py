"""StyleGAN2's path length."""

import math
import types

import keras
import tensorflow as tf
from keras import ops

from kgan import distribution
from kgan._game.batch import StepOutputs
from kgan._game.style_parts import StyleParts
from kgan._support.checks import whole
from kgan.objectives.base import Objective
from kgan.schedules import Schedule, number_or_schedule

__all__ = ["PathLength"]


@keras.saving.register_keras_serializable("kgan")
class PathLength(Objective):
    """A step in w changes the image by as much wherever it is taken, which makes the generator easier to invert.

    The generator minimises `mean_i (||J_i' y_i|| - a)^2`, `J_i` the derivative of image i by its styles, y images of
    N(0, 1) divided by the root of their number of pixels, and `||.||^2` the sum over a style, averaged over places. `a`
    is the moving mean of these norms, `a <- a + decay (mean_i ||J_i' y_i|| - a)`, which the loss reads after it moved.

    It is for generators as `kgan.architectures.stylegan2_generator` (see `kgan.architectures.StyleParts`), and is lazy
    as published: every 4th update of the generator is followed by one of its own, 4 times as strong, on half of the
    batch; the learning rate and betas of Adam are corrected for the extra updates, as for lazy penalties. `evaluate`
    leaves it out.

    Args:
        weight: Non-negative float, or a schedule. Defaults to `2.0`, as published.
        every: Updates of the generator between two applications. Defaults to `4`.
        decay: Of the moving mean, in (0, 1]. Defaults to `0.01`.
        shrink: The part of the batch that it is worked out on is `1 / shrink`, one sample at least. Defaults to `2`.
        name: In the logs, as `generator_<name>_loss`. Defaults to `"path_length"`.

    Raises:
        ValueError: if `weight` is negative, `every` or `shrink` is less than 1, `decay` is not in (0, 1], `name` is no
            identifier, or, in `compile`, the generator has no mapping and synthesis.

    Examples:
        >>> kgan.objectives.PathLength().get_config()
        {'weight': 2.0, 'every': 4, 'decay': 0.01, 'shrink': 2, 'name': None}

    Reference:
        Karras et al., 2020, Analyzing and Improving the Image Quality of StyleGAN, section 3.2 and appendix B.
        arXiv:1912.04958
    """

    remembers = types.MappingProxyType({"mean": 0.0})
    training_only = True

    def __init__(
        self,
        weight: "float | Schedule" = 2.0,
        every: int = 4,
        decay: float = 0.01,
        shrink: int = 2,
        name: str | None = None,
    ):
        self.weight = number_or_schedule("weight", weight)
        self.every = whole("every", every, 1)
        if not 0.0 < decay <= 1.0:
            raise ValueError(f"Expected decay in (0, 1]. Received: decay={decay}.")
        self.decay = float(decay)
        self.shrink = whole("shrink", shrink, 1)
        self._call_it(name)

    def check(self, model: keras.Model, outputs: dict[str, tuple]) -> None:
        StyleParts.of(model.generator)

    def generator_loss(self, step: StepOutputs) -> tf.Tensor:
        inputs = step.batch.generator_inputs
        count = ops.maximum(1, ops.shape(tf.nest.flatten(inputs)[0])[0] // self.shrink)
        lengths = self.lengths(step, tf.nest.map_structure(lambda one: one[:count], inputs))
        mean = step.memory["mean"]
        moved = mean + self.decay * (distribution.batch_mean(lengths) - mean)
        # A step that a loss scale skips, because something overflowed, is not remembered either.
        mean.assign(ops.where(ops.isfinite(moved), ops.stop_gradient(moved), mean))
        return ops.mean(ops.square(lengths - moved))

    def lengths(self, step: StepOutputs, inputs: "tf.Tensor | list[tf.Tensor]") -> tf.Tensor:
        """`||J' y||` of each sample, `(batch,)` float32.

        Args:
            step: What the objective reads.
            inputs: Of the generator: latents, or latents and labels.

        Raises:
            ValueError: if the step has no random numbers.
        """
        if step.draws is None:
            raise ValueError("Expected a step with random numbers. Received: draws=None.")
        generator = step.networks["generator"]
        parts = StyleParts.of(generator)
        to_styles = keras.Model(generator.inputs, parts.styles.output, name="to_styles")
        styles = to_styles(inputs, training=True)  # (b, places, style_dim)
        noise = parts.noise(styles, training=True)
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(styles)
            images = ops.cast(parts.synthesis([styles, noise], training=True), "float32")
            y = step.draws.normal(ops.shape(images)) / math.sqrt(math.prod(images.shape[1:3]))
            total = ops.sum(images * y)
        slopes = ops.cast(tape.gradient(total, styles), "float32")
        return ops.sqrt(ops.mean(ops.sum(ops.square(slopes), axis=2), axis=1))
