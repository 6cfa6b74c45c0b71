"""Learning from a table with differential privacy: what may be in such a step, and the step."""

from typing import Any

import keras
import tensorflow as tf

from kgan._game import batch_mixing
from kgan._game.batch import Batch
from kgan._step import private_update, turns
from kgan._step.generator_pass import GeneratorPass
from kgan._support import limits
from kgan.data.tables.privacy import Privacy
from kgan.models.own_step import OwnStep
from kgan.objectives import ConditionCrossEntropy

__all__ = ["LearnsPrivately", "PrivacySpent"]


class LearnsPrivately(OwnStep):
    """The update of the discriminator of a `kgan.Tabular`; mixed in before `kgan.AdversarialModel`.

    It reads the model's `table`, `pac` and `clip`. Where the table was read with differential privacy, the
    discriminator learns by DP-SGD, and the generator from it alone.
    """

    @property
    def privacy(self) -> Privacy | None:
        """What the table was read with, and the model is to learn with; `None` for no differential privacy."""
        return self.table.privacy

    def update_discriminators(self, batch: Batch, generated: GeneratorPass, decided: turns.Decisions) -> None:
        """By gradients that are clipped and noised where the table is private."""
        if self.privacy is None:
            super().update_discriminators(batch, generated, decided)
        else:
            private_update.update(self, batch, generated, self.privacy, self.clip)

    def check_compiled(self) -> None:
        """Refuses a step in which a row may leave more than its clipped gradient.

        Raises:
            ValueError: if there is something in the step that DP-SGD does not count, and the table is private.
        """
        super().check_compiled()
        if self.privacy is None:
            return
        plan = self._plan
        for found, what, instead in (
            (self.pac > 1, f"packs of pac={self.pac} rows", "Build it with pac=1"),
            (
                plan.penalties,
                f"penalties={_names(plan.penalties)}",
                "Leave them out: clipping is in their place",
            ),
            (self.adversarial_loss.generator_sees_reals, f"loss={self.adversarial_loss.name!r}", _OTHER_LOSS),
            (not self.adversarial_loss.of_single_samples, f"loss={self.adversarial_loss.name!r}", _OTHER_LOSS),
            (_seeing(plan.objectives), f"objectives={_names(_seeing(plan.objectives))}", "Leave them out"),
            (self._is_distributed, "a tf.distribute strategy", "Train on one device"),
        ):
            if found:
                raise ValueError(
                    f"Expected a step whose privacy can be counted, because the table was loaded with "
                    f"epsilon={self.privacy.epsilon:.4g}: each row reaches the discriminator alone, and nothing else. "
                    f"Received: {what}. {instead}, or load the table with epsilon=None."
                )
        self._check_layers()

    def _check_layers(self) -> None:
        layers = self.discriminator._flatten_layers()
        drawing = next((one.name for one in layers if _draws(one)), None)
        for found, what in (
            (batch_mixing.may_mix(self.discriminator), "that may mix the rows of a batch"),
            (drawing is not None, f"that draws at random, {drawing!r}"),
            (bool(self.discriminator.losses), "with a loss of its own"),
        ):
            if found:
                raise ValueError(
                    f"Expected a discriminator of layers that take each row alone, because the table was loaded with "
                    f"epsilon={self.privacy.epsilon:.4g}. Received: {self.discriminator.name!r}, with a layer {what}. "
                    f"Build it with dropout=0, and without normalisation of batches, regularizers or layers that "
                    f"kgan does not know."
                )

    def check_paid(self, x: Any, epochs: int, done: int, batches: int) -> None:
        """Refuses to train for longer than epsilon pays for.

        Args:
            x: Batches.
            epochs: To train to.
            done: Epochs that the model has seen.
            batches: Of the next epoch that it has seen.

        Raises:
            ValueError: if it would be, or the batches are not those of `kgan.data.load_table`, of which each row is in
                each by chance.
        """
        if self.privacy is None:
            return
        if not isinstance(x, tf.data.Dataset) or len(x.element_spec) != private_update.PARTS:
            raise ValueError(
                "Expected what kgan.data.load_table(epsilon=...) returned, because the model's table is private. "
                "Received: other rows, whose batches are not drawn as its privacy is counted."
            )
        number = int(x.cardinality())
        asked = int(self.discriminator_updates) + (epochs - done) * number - batches
        if asked > self.privacy.steps:
            raise ValueError(
                f"Expected at most {self.privacy.steps // number} epochs, which epsilon={self.privacy.epsilon:.4g} "
                f"pays for. Received: epochs={limits.shortened(epochs)}. Load the table with more private_epochs, and "
                f"train from the start."
            )


_OTHER_LOSS = "Pass loss='non_saturating' or 'wasserstein', which the generator learns by without rows of the table"


class PrivacySpent(keras.callbacks.Callback):
    """Writes into the logs of each epoch what `epsilon` has been spent by then."""

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if logs is not None and self.model.privacy is not None:
            logs["epsilon"] = self.model.privacy.epsilon_after(int(self.model.discriminator_updates))


def _names(found: Any) -> str:
    return str([one.name for one in found])


def _seeing(objectives: Any) -> list:
    """Those that are not known to read nothing of the rows."""
    return [one for one in objectives if not isinstance(one, ConditionCrossEntropy)]


def _draws(layer: keras.layers.Layer) -> bool:
    """Whether it has random numbers of its own, as dropout has."""
    return bool(getattr(layer, "seed_generator", None)) or (isinstance(layer, keras.layers.Dropout) and layer.rate > 0)
