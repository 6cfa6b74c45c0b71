"""The auxiliary classifier of AC-GAN."""

import keras
import tensorflow as tf
from keras import ops

from kgan._game.batch import StepOutputs
from kgan.objectives.base import Objective
from kgan.schedules import Schedule, number_or_schedule

__all__ = ["AuxiliaryClassifier"]


@keras.saving.register_keras_serializable("kgan")
class AuxiliaryClassifier(Objective):
    """The discriminator also tells the classes, of reals and of generated samples; the generator helps it to.

    Both players minimise the cross-entropy of the discriminator's output `"classes"`, `(batch, num_classes)` logits:
    the discriminator on reals and generated (their sum), the generator on its own samples. Labels of several tags at
    once, `(batch, num_tags)` of 0 and 1, are compared with as many sigmoids, and the mean of their cross-entropies is
    taken. So a weight of 1 is the rule of Jin et al., who add the tags up and weigh the adversarial loss as many times
    as there are tags: the two differ by a factor, which Adam undoes.

    It favours samples that are easily told, so that classes may lose their variety (Shu et al., 2017, AC-GAN Learns a
    Biased Distribution); conditioning by projection does not.

    Args:
        weight: Non-negative float, or a schedule. Defaults to `1.0`.
        name: In the logs, as `generator_<name>_loss`. Defaults to `"auxiliary_classifier"`.

    Raises:
        ValueError: if `weight` is negative, `name` is no identifier, or, in `compile`, the discriminator has no output
            `"classes"`, or the generator takes no labels.

    Reference:
        Odena et al., 2017, Conditional Image Synthesis with Auxiliary Classifier GANs. arXiv:1610.09585;
        tags, Jin et al., 2017, arXiv:1708.05509
    """

    def __init__(self, weight: "float | Schedule" = 1.0, name: str | None = None):
        self.weight = number_or_schedule("weight", weight)
        self._call_it(name)

    @property
    def outputs(self) -> tuple[str, ...]:
        return ("classes",)

    def check(self, model: keras.Model, outputs: dict[str, tuple]) -> None:
        if not getattr(model, "generator_takes_labels", True):
            raise ValueError(
                "Expected a generator that takes labels, [latents, labels], for the auxiliary classifier to compare "
                "its samples with. Received: one that takes none."
            )

    def discriminator_loss(self, step: StepOutputs) -> tf.Tensor:
        labels = step.batch.labels
        real, generated = (
            _cross_entropy(outputs["classes"], labels) for outputs in (step.real_outputs, step.generated_outputs)
        )
        return real + generated

    def generator_loss(self, step: StepOutputs) -> tf.Tensor:
        return _cross_entropy(step.generated_outputs["classes"], step.batch.labels)


def _cross_entropy(logits, labels):
    """Mean over the batch and over tags, from logits `(batch, n)` and classes `(batch,)` or tags `(batch, n)`."""
    if len(labels.shape) == 1:
        return ops.mean(ops.sparse_categorical_crossentropy(labels, logits, from_logits=True))
    tags = ops.cast(labels, "float32")
    return ops.mean(ops.softplus(logits) - tags * logits)
