"""One iteration of pre-training: the generator learns one objective, and no discriminator runs."""

import keras
import tensorflow as tf

from kgan import distribution, schedules
from kgan._step import ema, optimizers
from kgan._step.generator_pass import GeneratorPass
from kgan._step.objective_terms import objective_terms


def iteration(model, data) -> dict:
    """One step of the model with its discriminators left as they are.

    The objective counts once, whatever its weight in the game to come; the logs have it with that weight, as later.

    Args:
        model: A compiled `kgan.AdversarialModel`, whose `pretraining` names an objective.
        data: What the data pipeline yields.

    Returns:
        The logs; what else there is in them is NaN.
    """
    batch = model.batch(data, training=True)
    generated = GeneratorPass(model.generator, batch.generator_inputs)
    weights, outputs = model.generator.trainable_variables, list(generated.outputs.values())
    optimizer, name = model.generator_optimizer, model.pretraining
    weight = next(schedules.at(one.weight, model.images_seen.value) for one in model.objectives if one.name == name)
    with tf.GradientTape(watch_accessed_variables=False) as tape, keras.StatelessScope():
        tape.watch(outputs)
        terms = objective_terms(model, "generator", batch, generated.outputs, {}, model.generator, True, only=name)
        total = optimizer.scale_loss(tf.add_n([*terms.values()]) / weight)
    by_outputs = tape.gradient(total, outputs)
    gradients = generated.gradients(by_outputs, scale=optimizer.scale_loss(1.0))
    factor = model.pretraining_rate_factor
    optimizers.apply(optimizer, gradients, weights, beta_2=model._beta_2_now(), rate_factor=factor)
    generated.keep_what_moved()
    distribution.unite(model.generator)
    images = distribution.images(batch.first)
    if model.ema_generator is not None:
        ema.update(model.ema_generator, model.generator, images, model.images_seen.value, model.ema_half_life)
    model._log(**terms)
    model.steps.assign_add(1)
    model.images_seen.assign_add(images)
    return model._results()
