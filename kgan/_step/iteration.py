"""One iteration of training, from a batch of data to the logs."""

from kgan import distribution
from kgan._step import generator_side, growth
from kgan._step.generator_pass import GeneratorPass
from kgan._step.turns import Decisions, run_if, turn


def iteration(model, data, decided: Decisions) -> dict:
    """One step of the model; the generator's forward pass serves both sides.

    Args:
        model: A compiled `kgan.AdversarialModel`.
        data: What the data pipeline yields.
        decided: What is known beforehand of the step, see `kgan._step.turns`; constants in the graph.

    Returns:
        The logs.
    """
    growth.fade_in(model)
    batch = model.batch(data, training=True)
    generator_learns = turn(model, "generator", decided)
    generated = GeneratorPass(model.generator, batch.generator_inputs, differentiable=generator_learns is not False)
    run_if(turn(model, "discriminator", decided), lambda: model.update_discriminators(batch, generated, decided))
    run_if(generator_learns, lambda: generator_side.update(model, batch, generated, decided))
    model.steps.assign_add(1)
    model.images_seen.assign_add(distribution.images(batch.first))
    return model._results()
