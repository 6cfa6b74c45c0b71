"""The stage before the game, in which the generator learns from one objective alone."""

from collections.abc import Callable
from typing import Any

import keras

from kgan._support.checks import positive, whole

__all__ = ["Pretraining"]


class Pretraining(keras.callbacks.Callback):
    """Pre-trains the generator on one objective, without a discriminator, and then lets the game begin.

    Networks of super-resolution are trained on L1 first and on the game from there: the game then starts from pictures
    whose large structure is right. Discriminators stay as they are until then, what they log is NaN, and a step takes
    less time. When the game begins, the generator's optimizer starts afresh. A run goes on from any checkpoint with the
    same callback, because it counts the images that the model has seen.

    Put it first in the list of callbacks, before those that save.

    Args:
        images: For how many images; 0 for no such stage; `None` for half of all that `fit` will see, to its last epoch.
        objective: Name of the objective, among those that `compile` was given. It counts once, whatever its weight.
        learning_rate_factor: The generator's learning rate is multiplied by it until the game begins, as papers have
            it that pre-train at a larger rate.
        say: Called with a line when the game begins; `None` says nothing.

    Raises:
        ValueError: if `images` is negative or `learning_rate_factor` is not positive; when training begins, if the
            model has no such objective.

    Examples:
        >>> callback = kgan.callbacks.Pretraining(images=10_000)  # fit(callbacks=[callback])
        >>> callback.objective
        'l1'

    Reference:
        Ledig et al., 2017, section 3.2, arXiv:1609.04802; Wang et al., 2018, section 4.1, arXiv:1809.00219
    """

    def __init__(
        self,
        images: int | None = None,
        objective: str = "l1",
        learning_rate_factor: float = 1.0,
        say: Callable[[str], None] | None = None,
    ):
        super().__init__()
        self.images = None if images is None else whole("images", images, 0)
        self.objective = objective
        self.learning_rate_factor = positive("learning_rate_factor", learning_rate_factor)
        self._say = say
        self._most = 0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        self._most = -1 if self.images is None else self.images  # until the first batch tells how many images it has
        if self.images is None or self._seen() < self.images:
            self.model.pretrain(self.objective, learning_rate_factor=self.learning_rate_factor)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        if self.model.pretraining is None:
            return
        seen = self._seen()
        if self._most < 0:
            calls = (self.params.get("epochs") or 1) * (self.params.get("steps") or 1)
            self._most = calls * (seen // max(int(self.model.steps.numpy()), 1)) // 2
        if seen >= self._most:
            self.model.pretrain(None)
            if self._say is not None:
                self._say(f"Pre-training on {self.objective} is done, after {seen:,} images. The game begins.")

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.model.pretrain(None, fresh_optimizer=False)  # a resumed run goes on with it

    def _seen(self) -> int:
        return int(self.model.images_seen.numpy())
