"""One pass of the discriminator over reals and generated: the logits, and the input gradients that penalties read."""

from collections.abc import Sequence

import keras
import tensorflow as tf


def mixing_layer(model: keras.Model) -> str | None:
    """The name of a layer by which one sample's output depends on the others of its batch when training, or `None`.

    BatchNormalization is one; another package's layer says so by an attribute `mixes_batch = True`.
    """
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization) or getattr(layer, "mixes_batch", False):
            return layer.name
    return None


def may_mix(model: keras.Model) -> bool:
    """Whether it cannot be told that no layer mixes the batch, so that reals and generated need a pass each.

    Keras's other layers do not mix, nor does a layer with `mixes_batch = False`. A Lambda, a layer or subclassed model
    of another package, and a bare operation in a functional graph might: that costs a second pass and is never wrong.
    """
    for layer in model._flatten_layers():
        from_keras = type(layer).__module__.startswith("keras.") and not isinstance(layer, keras.layers.Lambda)
        if getattr(layer, "mixes_batch", not from_keras):
            return True
        operations = getattr(layer, "operations", [])  # only functional and sequential models have them
        if any(not isinstance(operation, keras.Layer) for operation in operations):
            return True
    return mixing_layer(model) is not None


class DiscriminatorPass:
    """The discriminator's judgement of one batch of reals and one of generated samples.

    Build it inside the gradient tape of the discriminator's update. Where no layer mixes the batch, reals and generated
    go through in one concatenated pass; where one might, in two, so that each is normalised by its own statistics. A
    penalty's input gradients come from the same pass as the logits.

    Args:
        discriminator: The discriminator, called with `training=True`.
        real: Real samples, `(batch, ...)`.
        generated: Generated samples, the same shape.
        conditions: Further inputs of the discriminator, such as labels; the same for reals and generated.
        needs: Which input gradients will be read: `"real"`, `"generated"`.
        concatenate: Whether reals and generated may share a pass.
        seed: Where the random draws of penalties start from, an integer tensor of shape (2,).

    Attributes:
        real_logits: `(batch, ...)` float32.
        generated_logits: `(batch, ...)` float32.
    """

    def __init__(
        self,
        discriminator: keras.Model,
        real: tf.Tensor,
        generated: tf.Tensor,
        conditions: Sequence[tf.Tensor] = (),
        needs: frozenset[str] = frozenset(),
        concatenate: bool = False,
        seed: tf.Tensor | None = None,
    ):
        self.discriminator = discriminator
        self.real = real
        self.generated = generated
        self.conditions = tuple(conditions)
        self._seed = tf.zeros(2, tf.int64) if seed is None else seed
        self._draws = 0
        # A gradient of one half would cost the whole concatenated batch, so the passes part when only one is asked for.
        if concatenate and len(needs) != 1:
            both = tf.concat([real, generated], axis=0)
            twice = [tf.concat([condition, condition], axis=0) for condition in self.conditions]
            logits, gradient = self._judge(both, twice, taped=bool(needs))
            self.real_logits, self.generated_logits = tf.split(logits, 2)
            self._real_gradient, self._generated_gradient = (None, None) if gradient is None else tf.split(gradient, 2)
        else:
            self.real_logits, self._real_gradient = self._judge(real, self.conditions, "real" in needs)
            self.generated_logits, self._generated_gradient = self._judge(
                generated, self.conditions, "generated" in needs
            )

    @property
    def real_gradient(self) -> tf.Tensor:
        """`d D(x_i) / d x_i`, the shape of `real`."""
        return self._checked(self._real_gradient, "real")

    @property
    def generated_gradient(self) -> tf.Tensor:
        """`d D(G(z_i)) / d G(z_i)`, the shape of `generated`."""
        return self._checked(self._generated_gradient, "generated")

    def gradient_at(self, samples: tf.Tensor) -> tf.Tensor:
        """`d D(x_i) / d x_i` at samples of the penalty's own choice, by a pass of its own."""
        return self._checked(self._judge(samples, self.conditions, taped=True)[1], "penalty's")

    def uniform(self, shape) -> tf.Tensor:
        """Numbers from U(0, 1), others at each call and at each step."""
        self._draws += 1
        seed = self._seed + tf.constant([self._draws << 48, 0], tf.int64)
        return tf.random.stateless_uniform(shape, seed, alg="philox")

    def _checked(self, gradient, which):
        if gradient is None:
            raise ValueError(
                f"The gradient with respect to the {which} samples was not taped, or does not exist. Expected the "
                f"penalty to name it in `needs`, and the discriminator to be differentiable in its first input."
            )
        return gradient

    def _judge(self, samples, conditions, taped):
        if not taped:
            return judge(self.discriminator, samples, conditions), None
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(samples)
            logits = judge(self.discriminator, samples, conditions)
        return logits, tape.gradient(logits, samples)  # the gradient of the summed logits


def judge(discriminator: keras.Model, samples, conditions: Sequence = (), training: bool = True) -> tf.Tensor:
    """The discriminator's logits in float32."""
    inputs = [samples, *conditions] if conditions else samples
    return tf.cast(discriminator(inputs, training=training), "float32")
