"""A guard against figures that are not finite, which no later step mends."""

from typing import Any

import keras
import tensorflow as tf

__all__ = ["FiniteGuard", "NotFiniteError"]


class NotFiniteError(ArithmeticError):
    """A loss or a weight is not finite.

    Attributes:
        player: `"generator"` or `"discriminator"`.
        what: `"loss"` or `"weights"`.
        step: After which step it was seen, counted from 1.
    """

    def __init__(self, player: str, what: str, step: int, what_next: str = ""):
        verb = "is" if what == "loss" else "are"
        super().__init__(
            f"Expected finite losses and weights. Received: the {what} of the {player} {verb} not finite after step "
            f"{step:,}. A lower learning rate, a gradient penalty (R1), or a loss without logarithms helps most often."
            + (f" {what_next}" if what_next else "")
        )
        self.player, self.what, self.step = player, what, step

    def and_then(self, what_next: str) -> "NotFiniteError":
        """The same error, saying also what can be done next."""
        return NotFiniteError(self.player, self.what, self.step, what_next)


class FiniteGuard(keras.callbacks.Callback):
    """Stops training at the step after which a loss or a weight of either player is not finite.

    Keras's `TerminateOnNaN` looks at `logs["loss"]`, which a game of two does not have. The discriminator is looked at
    first, because it moves first in a step. Put it before callbacks that save.

    Raises:
        NotFiniteError: in training, if a loss or a weight is not finite after a step.
    """

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        judged = [weight for one in self.model.discriminators.values() for weight in one.weights]
        players = [("discriminator", judged), ("generator", self.model.generator.weights)]
        totals = {metric.name: metric.total for metric in self.model.metrics}

        def finite():
            """The loss's running total and the weights' sum, of each player."""
            sums = []
            for player, weights in players:
                sums.append(totals[f"{player}_loss"].value)
                sums.append(tf.add_n([tf.reduce_sum(tf.cast(one.value, tf.float32)) for one in weights]))
            return tf.math.is_finite(tf.stack(sums))

        self._finite = tf.function(finite).get_concrete_function()  # whose tracing TensorFlow does not warn of

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        found = self._finite().numpy()
        if not found.all():
            first = int(found.argmin())
            player, what = ("discriminator", "generator")[first // 2], ("loss", "weights")[first % 2]
            raise NotFiniteError(player, what, int(self.model.steps.numpy()))
