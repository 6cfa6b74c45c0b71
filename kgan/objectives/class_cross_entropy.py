"""The classes of a source domain."""

import keras
import tensorflow as tf
from keras import ops

from kgan._game.batch import StepOutputs
from kgan.objectives.base import Objective
from kgan.schedules import Schedule, number_or_schedule

__all__ = ["ClassCrossEntropy"]

_OUTPUT = "classes"


@keras.saving.register_keras_serializable("kgan")
class ClassCrossEntropy(Objective):
    """The generator side tells the classes of the samples that have labels: `-mean_i log p(y_i | x_i)`.

    For `kgan.DomainAdaptation`, whose source has labels. Its weight against the adversarial loss is 1 over the lambda
    of the paper, as far as Adam is concerned, which sees no common factor.

    Args:
        weight: Non-negative float, or a schedule. Defaults to `1.0`.
        name: In the logs, as `generator_<name>_loss`. Defaults to `"class_cross_entropy"`.

    Raises:
        ValueError: if `weight` is negative, or `name` is no identifier; in `compile`, if the generator side has no
            output `"classes"`.

    Examples:
        >>> kgan.objectives.ClassCrossEntropy(weight=2.0).weight  # compile(objectives=[...]) of a kgan.DomainAdaptation
        2.0

    Reference:
        Ganin et al., 2016, Domain-Adversarial Training of Neural Networks, equation 9. arXiv:1505.07818
    """

    def __init__(self, weight: "float | Schedule" = 1.0, name: str | None = None):
        self.weight = number_or_schedule("weight", weight)
        self._call_it(name)

    @property
    def generator_outputs(self) -> tuple[str, ...]:
        """The output that it reads."""
        return (_OUTPUT,)

    def check(self, model: keras.Model, outputs: dict[str, tuple]) -> None:
        if _OUTPUT not in model.generator_outputs:
            raise ValueError(
                f"Expected a generator side with the output {_OUTPUT!r}, as that of a kgan.DomainAdaptation. Received: "
                f"one with {', '.join(map(repr, model.generator_outputs))}. Drop {self.name!r}."
            )

    def generator_loss(self, step: StepOutputs) -> tf.Tensor:
        logits = step.outputs[_OUTPUT]  # (b, classes)
        return ops.mean(ops.sparse_categorical_crossentropy(step.batch.labels, logits, from_logits=True))
