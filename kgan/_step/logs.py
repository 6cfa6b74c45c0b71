"""The figures of a step: which there are, and how they are averaged over an epoch."""

from collections.abc import Mapping

import keras
import tensorflow as tf

from kgan._step.plan import StepPlan

FIGURES = ("generator_loss", "discriminator_loss", "real_accuracy", "generated_accuracy")


class MeanOfTurns(keras.metrics.Mean):
    """A mean that is NaN, not 0, in epochs in which its player is frozen; float32, whatever Keras's own floats are."""

    def __init__(self, name: str | None = None, dtype: str = "float32"):
        super().__init__(name=name, dtype=dtype)

    def result(self):
        return tf.where(tf.equal(self.count.value, 0.0), float("nan"), super().result())


def prefix(plan: StepPlan, name: str) -> str:
    """What stands before the figures of one discriminator: nothing where it is the only one."""
    return "" if len(plan.discriminators) == 1 else f"{name}_"


def names(plan: StepPlan) -> list[str]:
    """The names of all figures, in the order of the progress bar."""
    found = list(FIGURES)
    for name, one in plan.discriminators.items():
        before = prefix(plan, name)
        found += [f"{before}{figure}" for figure in FIGURES if before]
        found += [f"{before}{penalty.name}" for penalty in one.penalties]
    found += [f"{player}_{one.name}_loss" for one in plan.objectives for player in one.players]
    if plan.augmentation is not None and plan.augmentation.varies:
        found.append("augmentation_strength")
    return found


def evaluated(plan: StepPlan) -> list[str]:
    """The names of the figures that held-out data has too: none of penalties, augmentation or what is for training."""
    left_out = {
        f"{prefix(plan, name)}{penalty.name}" for name, one in plan.discriminators.items() for penalty in one.penalties
    }
    left_out |= {f"{player}_{one.name}_loss" for one in plan.objectives if one.training_only for player in one.players}
    return [name for name in names(plan) if name not in {*left_out, "augmentation_strength"}]


def update(trackers: Mapping[str, MeanOfTurns], share: "tf.Tensor | None" = None, **values) -> None:
    """Takes the values of a batch in; `share` is what the batch counts on this replica."""
    for name, value in values.items():
        trackers[name].update_state(value if share is None else tf.math.multiply_no_nan(value, share))


def accuracies(
    threshold: "float | tf.Tensor", real_logits: tf.Tensor, generated_logits: tf.Tensor
) -> dict[str, tf.Tensor]:
    """The shares taken for what they are: two, because their mean hides "all reals right, no generated right".

    Args:
        threshold: The logit above which a sample counts as real, `AdversarialLoss.threshold`.
        real_logits: Of reals.
        generated_logits: Of generated samples.
    """
    return {
        "real_accuracy": tf.reduce_mean(tf.cast(real_logits > threshold, tf.float32)),
        "generated_accuracy": tf.reduce_mean(tf.cast(generated_logits < threshold, tf.float32)),
    }


def of_all(plan: StepPlan, each: Mapping[str, Mapping[str, tf.Tensor]]) -> dict[str, tf.Tensor]:
    """Figures of each discriminator by the names of the logs, and, of several, what they come to together.

    Losses are added up with the discriminators' weights, of accuracies the mean is taken.
    """
    if len(each) == 1:
        return dict(next(iter(each.values())))
    found = {f"{name}_{figure}": value for name, figures in each.items() for figure, value in figures.items()}
    for figure in next(iter(each.values())):
        if figure.endswith("_loss"):
            terms = [plan.discriminators[name].weight * figures[figure] for name, figures in each.items()]
            found[figure] = tf.add_n(terms)
        else:
            found[figure] = tf.add_n([figures[figure] for figures in each.values()]) / len(each)
    return found
