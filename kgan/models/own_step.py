"""What of its step a model may have in its own way."""

from kgan._game.batch import Batch
from kgan._step import discriminator_side, turns
from kgan._step.generator_pass import GeneratorPass
from kgan.models import cautions

__all__ = ["OwnStep"]


class OwnStep:
    """Parts of a step that a subclass of `kgan.AdversarialModel` may override; mixed in before `keras.Model`."""

    def update_discriminators(self, batch: Batch, generated: GeneratorPass, decided: turns.Decisions) -> None:
        """The update of all discriminators in a step.

        Args:
            batch: The batch.
            generated: The generator's pass over it.
            decided: What is known of the step beforehand.
        """
        discriminator_side.update(self, batch, generated, decided)

    def check_compiled(self) -> None:
        """Warns of settings that papers found not to work; `compile` calls it when all is settled.

        A subclass refuses what it cannot learn with.
        """
        cautions.warn(self)
