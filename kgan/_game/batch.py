"""What one step sees: a batch, the pairs that discriminators compare, and what objectives read."""

import types
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from kgan._game.draws import Draws

SAMPLES = "samples"  # the name of a generator's output that stands alone
IMAGES = "images"  # what samples are called that are images, where a generator names its outputs
DISCRIMINATOR = "discriminator"  # the name of a discriminator that stands alone


class Batch(NamedTuple):
    """One batch as the networks see it.

    Attributes:
        generator_inputs: What the generator is called with.
        real: What generated samples are compared with, `(batch, ...)` float32. With several discriminators, a
            dictionary by their names, without those whose real is an output of the generator.
        conditions: Further inputs of the discriminator, the same for reals and generated; with several
            discriminators, a dictionary by their names.
        latents: The z in `generator_inputs`; `None` where there is none.
        labels: The labels of the batch; `None` where no network uses any.
        own: What a model's own `update_discriminators` reads besides.
    """

    generator_inputs: Any
    real: "tf.Tensor | Mapping[str, tf.Tensor]"
    conditions: "tuple[tf.Tensor, ...] | Mapping[str, tuple[tf.Tensor, ...]]" = ()
    latents: tf.Tensor | None = None
    labels: tf.Tensor | None = None
    own: Any = None

    def conditions_of(self, discriminator: str) -> tuple[tf.Tensor, ...]:
        """What a discriminator is given beside samples."""
        by_name = isinstance(self.conditions, Mapping)
        return tuple(self.conditions.get(discriminator, ())) if by_name else tuple(self.conditions)

    @property
    def first(self) -> tf.Tensor:
        """A tensor whose first axis is the batch: the first of the reals, or of the generator's inputs."""
        return tf.nest.flatten(self.real if tf.nest.flatten(self.real) else self.generator_inputs)[0]


class Pair(NamedTuple):
    """What one discriminator compares.

    Attributes:
        real: `(batch, ...)` float32.
        generated: The same shape.
        conditions: Further inputs of the discriminator, the same for both.
        generated_conditions: Those of `generated`, where they are others; `None` for the same.
    """

    real: tf.Tensor
    generated: tf.Tensor
    conditions: tuple[tf.Tensor, ...] = ()
    generated_conditions: tuple[tf.Tensor, ...] | None = None


class DiscriminatorOutputs(NamedTuple):
    """What one discriminator says of a batch: its outputs by name, `"logits"` among them, float32.

    Attributes:
        generated: On generated samples.
        real: On reals; `None` in the generator's update unless the objective `sees_reals`.
    """

    generated: dict[str, tf.Tensor]
    real: dict[str, tf.Tensor] | None


class StepOutputs(NamedTuple):
    """What an objective reads.

    Attributes:
        batch: The batch.
        outputs: The generator's outputs by name, `(batch, ...)` float32; one that stands alone is `"samples"`.
        discriminators: The discriminators' outputs by the discriminators' names.
        generate: Calls the generator once more, on inputs like `batch.generator_inputs`; its weights' gradient is kept.
        networks: The networks themselves, `"generator"` and the discriminators by their names, whose weights an
            objective may read; the gradient of its own side's is kept.
        draws: Random numbers that depend on the seed and the step alone; `None` where nobody draws.
        memory: Variables of what the objective `remembers`, by their names.
        own: The objective's own networks, by their names: those that its `own_networks` made.
        compared: Which of `outputs` all discriminators compare; `None` where they compare several.
    """

    batch: Batch
    outputs: dict[str, tf.Tensor]
    discriminators: dict[str, DiscriminatorOutputs]
    generate: Callable[[Any], Any]
    networks: Mapping[str, keras.Model] = types.MappingProxyType({})
    draws: Draws | None = None
    memory: Mapping[str, keras.Variable] = types.MappingProxyType({})
    own: Mapping[str, keras.Model] = types.MappingProxyType({})
    compared: str | None = None

    @property
    def generated(self) -> tf.Tensor:
        """The output that all discriminators compare, or the only one; lazy updates (`every` > 1) have none."""
        _check_there(self.outputs, "an output of the generator")
        return self.samples_of(self.outputs)

    def samples_of(self, outputs: Any) -> tf.Tensor:
        """What `generated` is, among outputs that `generate` gave.

        Raises:
            ValueError: if there are several, and discriminators compare more than one.
        """
        if not isinstance(outputs, Mapping):
            return outputs
        if self.compared in outputs:
            return outputs[self.compared]
        return only(outputs, "an output of the generator", "outputs[name]")

    @property
    def generated_outputs(self) -> dict[str, tf.Tensor]:
        """The only discriminator's outputs on generated samples, by name."""
        return self._discriminator.generated

    @property
    def real_outputs(self) -> dict[str, tf.Tensor] | None:
        """The only discriminator's outputs on reals; `None` in the generator's update unless it `sees_reals`."""
        return self._discriminator.real

    @property
    def _discriminator(self) -> DiscriminatorOutputs:
        _check_there(self.discriminators, "outputs of a discriminator")
        return only(self.discriminators, "a discriminator", "discriminators[name]")

    @property
    def game(self) -> Batch:
        """The batch, by its earlier name."""
        return self.batch


Round, Judgement = Batch, StepOutputs  # their earlier names


def _check_there(by_name: Mapping[str, Any], what: str) -> None:
    """Refuses to read what the update of a lazy objective does not have."""
    if not by_name:
        raise ValueError(
            f"Expected to read {what} in a step that has them. Received: the update of a lazy objective, which has "
            f"none. Call step.generate on inputs like step.batch.generator_inputs, or pass every=1."
        )


def only(by_name: Mapping[str, Any], what: str, instead: str) -> Any:
    """The only entry.

    Raises:
        ValueError: if there are several.
    """
    if len(by_name) != 1:
        raise ValueError(
            f"Expected to be told which: there is more than one entry that could be {what}. Received: "
            f"{', '.join(map(repr, by_name))}. Read {instead}."
        )
    return next(iter(by_name.values()))
