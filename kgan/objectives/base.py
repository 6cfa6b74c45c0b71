"""What the two sides minimise beside the adversarial loss, in a list: `compile(objectives=[...])`.

An objective reads a `StepOutputs`: the batch, the samples, and what the discriminator says of them by the names of its
outputs. A discriminator with more than one output is a Keras model that returns a dictionary, as
`keras.Model(inputs, {"logits": logits, "classes": classes})`.
"""

import types
from collections.abc import Mapping

import keras
import tensorflow as tf

from kgan import schedules
from kgan._game.batch import StepOutputs
from kgan._support.configurable import Configurable

__all__ = ["Objective", "latents_of"]


class Objective(Configurable):
    """A term that is added to the loss of one player or of both.

    Subclass it to bring one of your own and override one method or both; each returns a float32 scalar. The strength
    `weight` is a number or a `kgan.schedules.Schedule`, and the training step multiplies by it.

    Attributes:
        weight: Non-negative; a constructor's argument in every objective of kgan.
        sees_reals: Whether `generator_loss` reads `real_outputs`.
        reads_packs: Whether it reads `outputs` of a discriminator that sees packs of samples, `kgan.GAN(pac=2)`, of
            which there is one for each pack.
        discriminator: Name of the discriminator whose `outputs` it reads, where there are several; `None` for each of
            them.
        every: Updates of the generator between two applications; the objective is `every` times as strong then, in an
            update of its own, which has no `outputs` and no `discriminators`: a lazy objective calls `step.generate`.
            One that reads outputs, or of the discriminator, has 1.
        remembers: Numbers that it keeps from step to step, and what they start from. It finds their variables in
            `step.memory`; they are saved with the model.
        from_data: Arguments of the constructor that follow from the data, and that no recipe says.
        training_only: Whether `evaluate` leaves it out, as it does penalties.
    """

    weight: "float | schedules.Schedule" = 1.0
    sees_reals = False
    reads_packs = False
    discriminator: str | None = None
    every = 1
    remembers: Mapping[str, float] = types.MappingProxyType({})
    training_only = False
    from_data: tuple[str, ...] = ()

    @property
    def generator_outputs(self) -> tuple[str, ...]:
        """Names of the generator's outputs that it reads, where the generator has several."""
        return ()

    @property
    def frozen(self) -> Mapping[str, keras.Model]:
        """Networks that it looks through, by name; no gradient reaches their weights."""
        return {}

    @property
    def saved_by(self) -> str:
        """How `frozen` is saved: by `"reference"`, as the arguments name it, or by `"value"`, weights too."""
        return "reference"

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the discriminator's outputs, or of layers in it, that the objective reads besides `"logits"`."""
        return ()

    def outputs_of(self, discriminator: keras.Model) -> tuple[str, ...]:
        """The same of one discriminator; an objective that reads layers of every one of several overrides it."""
        return self.outputs

    def check(self, model: keras.Model, outputs: dict[str, tuple]) -> None:
        """Called by `compile`, to refuse what the objective cannot work on.

        Args:
            model: The `kgan.AdversarialModel`.
            outputs: The shapes of the discriminator's outputs by name.
        """

    def own_networks(self, model: keras.Model) -> Mapping[str, keras.Model]:
        """Networks of its own with fresh weights, by name, which learn with the generator; called by `compile`.

        The generator's optimizer moves their weights. They are saved with the model, by value, and are no part of the
        generator that samples are drawn from. `generator_loss` finds them in `step.own`.

        Args:
            model: The `kgan.AdversarialModel`, which `check` has seen.
        """
        return {}

    def generator_loss(self, step: StepOutputs) -> tf.Tensor:
        """What the generator minimises; `step.generated` carries the gradient."""

    def discriminator_loss(self, step: StepOutputs) -> tf.Tensor:
        """What the discriminator minimises."""

    @property
    def players(self) -> tuple[str, ...]:
        """Whose loss it enters: the methods that a subclass overrides."""
        return tuple(
            player
            for player in ("generator", "discriminator")
            if getattr(type(self), f"{player}_loss") is not getattr(Objective, f"{player}_loss")
        )


def latents_of(step: StepOutputs) -> tf.Tensor:
    """The latents of the batch."""
    if step.batch.latents is None:
        raise ValueError("Expected a batch with latents, kgan.Batch(..., latents=z). Received: one without.")
    return step.batch.latents
