"""The update of the generator: the loss's gradient by its outputs, pulled back through the one forward pass."""

import functools

import keras
import tensorflow as tf

from kgan import distribution, schedules
from kgan._game.batch import Batch, DiscriminatorOutputs
from kgan._game.discriminator_pass import run_discriminator
from kgan._game.draws import Draws
from kgan._step import best_samples, ema, logs, optimizers, purposes, turns
from kgan._step.discriminator_side import weighted
from kgan._step.generator_pass import GeneratorPass
from kgan._step.objective_terms import objective_terms
from kgan._step.plan import StepPlan


def update(model, batch: Batch, generated: GeneratorPass, decided: turns.Decisions) -> None:
    """`L_G = sum_d w_d L(D_d(G(z))) + objectives`, then lazy objectives in updates of their own.

    Discriminators run in training mode, as in their own update, but nothing of them may move: a StatelessScope catches
    the updates of their moving statistics and drops them.
    """
    plan = model._plan
    weights = [*model.generator.trainable_variables, *plan.own_weights]
    outputs = list(generated.outputs.values())
    sees_reals = model.adversarial_loss.generator_sees_reals or any(one.sees_reals for one in plan.objectives)
    with tf.GradientTape(watch_accessed_variables=False) as tape, keras.StatelessScope() as moved:
        tape.watch([*outputs, *(weight.value for weight in weights)])
        found = _run(model, batch, generated, sees_reals)
        losses = {name: _loss(model, one) for name, one in found.items()}
        terms = objective_terms(model, "generator", batch, generated.outputs, found, model.generator, True)
        total = [*(weighted(plan.discriminators[name], one) for name, one in losses.items()), *terms.values()]
        total = model.generator_optimizer.scale_loss(tf.add_n(total))
    # An objective that calls the generator again reaches the weights by another way than the outputs.
    gradients = tape.gradient(total, [*outputs, *weights])
    by_outputs, direct = gradients[: len(outputs)], gradients[len(outputs) :]
    through = generated.gradients(by_outputs, scale=model.generator_optimizer.scale_loss(1.0))  # 1 but for float16
    through += [None] * len(plan.own_weights)  # which no output of the generator depends on
    gradients = [_sum(pair) for pair in zip(through, direct, strict=True)]
    _apply(model, gradients, weights)
    generated.keep_what_moved()
    _remember(plan, moved)
    for every in plan.generator_intervals:
        due = turns.is_generator_due(model, every, decided)
        turns.run_if(due, functools.partial(_update_lazily, model, batch, every))
    distribution.unite(model.generator)
    if model.ema_generator is not None:
        images = distribution.images(batch.first) * model.discriminator_steps
        ema.update(model.ema_generator, model.generator, images, model.images_seen.value, model.ema_half_life)
    model._log(**logs.of_all(plan, {name: {"generator_loss": one} for name, one in losses.items()}), **terms)


def _update_lazily(model, batch: Batch, every: int) -> None:
    """The update of lazy objectives alone, `every` times as strong, because it comes as seldom."""
    weights = model.generator.trainable_variables
    with tf.GradientTape() as tape, keras.StatelessScope() as moved:
        terms = objective_terms(model, "generator", batch, {}, {}, model.generator, True, every)
        total = model.generator_optimizer.scale_loss(every * tf.add_n([*terms.values()]))
    # A weight that no term depends on has no gradient here; its momentum goes on all the same.
    values = [weight.value for weight in weights]
    gradients = tape.gradient(total, values, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    _apply(model, gradients, weights, decays=False)
    _remember(model._plan, moved)
    model._log(**terms)


def _apply(model, gradients: list, weights: list, decays: bool = True) -> None:
    """One step of the generator's optimizer."""
    optimizers.apply(
        model.generator_optimizer,
        gradients,
        weights,
        beta_2=model._beta_2_now(),
        correction=model._plan.generator_correction,
        decays=decays,
    )


def _remember(plan: StepPlan, moved: keras.StatelessScope) -> None:
    """Assigns what objectives moved of their own."""
    for variable in (one for kept in plan.objective_memory.values() for one in kept.values()):
        value = moved.get_current_value(variable)
        if value is not None:
            variable.assign(value)


def _loss(model, found: DiscriminatorOutputs) -> tf.Tensor:
    """What one discriminator makes of the samples, or of the best of them."""
    loss, generated, real = model.adversarial_loss, found.generated["logits"], found.real and found.real["logits"]
    if model.top_k is None:
        return loss.generator_loss(generated, real)
    share = schedules.at(model.top_k, model.images_seen.value)
    real = real if loss.generator_sees_reals else None
    return best_samples.generator_loss(loss, generated, real, share)


def _run(model, batch: Batch, generated: GeneratorPass, sees_reals: bool) -> dict[str, DiscriminatorOutputs]:
    """Every discriminator on generated samples and, where someone reads it, on reals, both augmented."""
    pairs = model.pairs(batch, generated.outputs)
    augment, found = model._augment(), {}
    for place, (name, plan) in enumerate(model._plan.discriminators.items()):
        pair = pairs[name]
        draws = Draws(model.random_seed(purposes.of_discriminator(purposes.GENERATOR, place), training=True))
        seen = (lambda samples: samples) if augment is None else (lambda samples, draws=draws: augment(samples, draws))
        of_generated = run_discriminator(plan.view, seen(pair.generated), pair.conditions)
        of_real = run_discriminator(plan.view, seen(pair.real), pair.conditions) if sees_reals else None
        found[name] = DiscriminatorOutputs(of_generated, of_real)
    return found


def _sum(pair):
    """The sum of two gradients, of which one or both may be missing."""
    present = [tf.convert_to_tensor(gradient) for gradient in pair if gradient is not None]
    return pair[0] if pair[1] is None else tf.add_n(present)
