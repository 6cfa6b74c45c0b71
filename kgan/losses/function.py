"""A loss that is a function of the logits of both sides."""

from collections.abc import Callable

import keras
import tensorflow as tf

from kgan.losses.base import AdversarialLoss, PlayerLosses

__all__ = ["OfFunction"]


@keras.saving.register_keras_serializable("kgan")
class OfFunction(AdversarialLoss):
    """What each player minimises, from a function of your own: `compile(loss=function)` makes one.

    A function that is registered with `keras.saving.register_keras_serializable` is saved with the model.

    Args:
        function: From `(real_logits, generated_logits)`, float32 `(batch, ...)`, to the pair
            `(discriminator_loss, generator_loss)` of scalars.

    Raises:
        TypeError: if `function` is not callable, or does not return a pair of scalars for two batches of logits.

    Examples:
        >>> def wasserstein(real_logits, generated_logits):
        ...     score = keras.ops.mean(generated_logits)
        ...     return score - keras.ops.mean(real_logits), -score
        >>> loss = kgan.losses.get(wasserstein)
        >>> float(loss.discriminator_loss(np.float32([[2.0]]), np.float32([[-1.0]])))
        -3.0
    """

    generator_sees_reals = True

    def __init__(self, function: Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]):
        self.function = function
        self._losses(tf.zeros((2, 1)), tf.zeros((2, 1)))

    def _losses(self, real_logits, generated_logits) -> PlayerLosses:
        try:
            found = self.function(real_logits, generated_logits)
        except TypeError as error:
            raise TypeError(f"{_FORM} Received: {self.function!r}, which cannot be called so: {error}.") from error
        shapes = [getattr(one, "shape", None) for one in found] if isinstance(found, tuple | list) else None
        if shapes is None or len(shapes) != 2 or any(shape is None or len(shape) for shape in shapes):
            what = f"shapes {shapes}" if shapes is not None else f"one {type(found).__name__}"
            raise TypeError(f"{_FORM} Received: {self.function!r}, which returns {what}.")
        return PlayerLosses(*(tf.cast(one, tf.float32) for one in found))

    def discriminator_loss(self, real_logits: tf.Tensor, generated_logits: tf.Tensor) -> tf.Tensor:
        return self._losses(real_logits, generated_logits).discriminator

    def generator_loss(self, generated_logits: tf.Tensor, real_logits: "tf.Tensor | None" = None) -> tf.Tensor:
        return self._losses(real_logits, generated_logits).generator

    def get_config(self) -> dict:
        """The function as Keras writes it."""
        return {"function": keras.saving.serialize_keras_object(self.function)}


_FORM = (
    "Expected a loss as a function of both sides' logits that says what each player minimises, "
    "`def loss(real_logits, generated_logits): return discriminator_loss, generator_loss` with two scalars, or a "
    "subclass of kgan.losses.AdversarialLoss with methods of these names."
)
