"""The update of the discriminators: adversarial loss, penalties and objectives, one gradient, one optimizer step."""

import functools
import operator

import tensorflow as tf

from kgan import distribution
from kgan._game.batch import Batch, DiscriminatorOutputs, Pair
from kgan._game.discriminator_pass import DiscriminatorPass
from kgan._step import logs, optimizers, purposes, turns
from kgan._step.generator_pass import GeneratorPass
from kgan._step.objective_terms import objective_terms
from kgan._step.plan import DiscriminatorPlan


def update(model, batch: Batch, generated: GeneratorPass, decided: turns.Decisions) -> None:
    """`L_D = sum_d w_d L(D_d(x), D_d(G(z))) + penalties + objectives`, then lazy penalties in updates of their own."""
    plan, loss = model._plan, model.adversarial_loss
    with tf.GradientTape() as tape:
        pairs = model.discriminator_pairs(model.pairs(batch, generated.outputs), batch)
        passes = {
            name: _run(model, place, one, pairs[name], one.every_step, purposes.DISCRIMINATOR)
            for place, (name, one) in enumerate(plan.discriminators.items())
        }
        losses = {name: loss.discriminator_loss(one.real_logits, one.generated_logits) for name, one in passes.items()}
        terms = {
            f"{logs.prefix(plan, name)}{penalty.name}": penalty(passes[name])
            for name, one in plan.discriminators.items()
            for penalty in one.every_step
        }
        outputs = {name: DiscriminatorOutputs(one.generated_outputs, one.real_outputs) for name, one in passes.items()}
        terms |= objective_terms(model, "discriminator", batch, generated.outputs, outputs, model.generator, True)
        total = tf.add_n([*(weighted(plan.discriminators[name], one) for name, one in losses.items()), *terms.values()])
        total = functools.reduce(operator.add, (one.regularisation for one in passes.values()), total)
        total = model.discriminator_optimizer.scale_loss(total)
    weights = model._discriminator_variables
    apply(model, tape.gradient(total, weights), weights)
    thresholds = {name: loss.threshold(one.real_logits, one.generated_logits) for name, one in passes.items()}
    figures = {
        name: {
            "discriminator_loss": losses[name],
            **logs.accuracies(thresholds[name], one.real_logits, one.generated_logits),
        }
        for name, one in passes.items()
    }
    model._log(**logs.of_all(plan, figures), **terms)
    if plan.augmentation is not None:
        if plan.augmentation.varies:
            model._log(augmentation_strength=plan.augmentation_strength(model.images_seen.value))
        margins = [tf.stop_gradient(one.real_logits - thresholds[name]) for name, one in passes.items()]
        if model.pac > 1:  # an augmentation counts images
            margins = [tf.repeat(one, model.pac, axis=0) for one in margins]
        plan.adjust_augmentation(margins)
    for every in plan.intervals:
        due = turns.is_due(model, every, decided)
        turns.run_if(due, functools.partial(_update_lazily, model, pairs, every))
    model.discriminator_updates.assign_add(1)


def _update_lazily(model, pairs: dict[str, Pair], every: int) -> None:
    """The update of lazy penalties alone, `every` times as strong, because it comes as seldom."""
    plan = model._plan
    with tf.GradientTape() as tape:
        terms = {}
        for place, (name, one) in enumerate(plan.discriminators.items()):
            lazy = one.lazy(every)
            if lazy:
                seen = _run(model, place, one, pairs[name], lazy, purposes.LAZY)
                terms |= {f"{logs.prefix(plan, name)}{penalty.name}": penalty(seen) for penalty in lazy}
        total = model.discriminator_optimizer.scale_loss(every * tf.add_n([*terms.values()]))
    weights = model._discriminator_variables
    # A bias that no slope depends on has no gradient here; its momentum goes on all the same.
    values = [weight.value for weight in weights]  # TensorFlow's own variables, which it makes the zeros for
    gradients = tape.gradient(total, values, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    apply(model, gradients, weights, decays=False)
    model._log(**terms)


def _run(model, place: int, plan: DiscriminatorPlan, pair: Pair, applied, purpose: int) -> DiscriminatorPass:
    """One discriminator on reals and generated samples, with the input gradients that these penalties need."""
    return DiscriminatorPass(
        plan.view,
        pair.real,
        pair.generated,
        conditions=pair.conditions,
        generated_conditions=pair.generated_conditions,
        needs=frozenset().union(*(penalty.needs for penalty in applied)),
        concatenate=plan.concatenate,
        seed=model.random_seed(purposes.of_discriminator(purpose, place), training=True),
        augment=model._augment(),
        images_seen=model.images_seen.value,
        memory=plan.memory,
    )


def weighted(plan: DiscriminatorPlan, loss: tf.Tensor) -> tf.Tensor:
    """The discriminator's loss times its weight."""
    return loss if plan.weight == 1.0 else plan.weight * loss


def apply(model, gradients: list, weights: list, decays: bool = True) -> None:
    """One step of the discriminators' optimizer."""
    optimizers.apply(
        model.discriminator_optimizer,
        gradients,
        weights,
        beta_2=model._beta_2_now(),
        correction=model._plan.correction,
        decays=decays,
    )
    for discriminator in model.discriminators.values():
        distribution.unite(discriminator)
