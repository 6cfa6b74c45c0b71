"""What objectives add to the loss of a side."""

import keras
import tensorflow as tf

from kgan import schedules
from kgan._game.batch import Batch, DiscriminatorOutputs, StepOutputs
from kgan._game.draws import Draws
from kgan._step import purposes
from kgan._step.generator_pass import named


def objective_terms(
    model,
    player: str,
    batch: Batch,
    outputs: dict[str, tf.Tensor],
    discriminators: dict[str, DiscriminatorOutputs],
    generator: keras.Model,
    training: bool,
    every: int = 1,
    only: str | None = None,
) -> dict[str, tf.Tensor]:
    """The terms by the names of the logs.

    An evaluation has lazy ones too, but none that belong to training only.

    Args:
        model: The compiled model.
        player: `"generator"` or `"discriminator"`.
        batch: The batch.
        outputs: The generator's for it, by name.
        discriminators: The discriminators' outputs, by their names.
        generator: Called by objectives that want more samples.
        training: Whether it is called in training mode.
        every: The interval of the objectives to apply; those that are not lazy have 1.
        only: The name of the one objective to apply; `None` for all of them.
    """

    names = set(model.compares.values())
    compared = next(iter(names)) if len(names) == 1 else None

    def generate(inputs):
        with keras.StatelessScope():  # a look at more samples moves nothing
            found = generator(inputs, training=training)
        return named(found) if isinstance(found, dict) else tf.cast(found, tf.float32)

    def read(place, one) -> StepOutputs:
        """What it sees: everything, or, where it names a discriminator, that one's outputs alone."""
        name = one.discriminator
        read = discriminators if name is None else {name: discriminators[name]}
        judges = {name: network for name, network in model.discriminators.items() if name in read}
        draws = Draws(model.random_seed(purposes.of_objective(place), training))
        memory = model._plan.objective_memory.get(one.name, {})
        own = model._plan.objective_networks.get(one.name, {})
        networks = {"generator": generator, **judges}
        return StepOutputs(batch, outputs, read, generate, networks, draws, memory, own, compared)

    return {
        f"{player}_{one.name}_loss": schedules.at(one.weight, model.images_seen.value)
        * getattr(one, f"{player}_loss")(read(place, one))
        for place, one in enumerate(model.objectives)
        if only in (None, one.name)
        and player in one.players
        and (one.every == every if training else not one.training_only)
    }
