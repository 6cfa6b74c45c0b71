"""Rows that hold their condition."""

import keras
import tensorflow as tf
from keras import ops

from kgan._game.batch import StepOutputs
from kgan.objectives.base import Objective
from kgan.schedules import Schedule, number_or_schedule

__all__ = ["ConditionCrossEntropy"]

_OUTPUT = "log_probabilities"


@keras.saving.register_keras_serializable("kgan")
class ConditionCrossEntropy(Objective):
    """The generator's rows take the values that they were asked for: `-mean_i sum_j c_ij log p_ij`.

    The condition c has a one for each code that is asked for, and p are the probabilities of the codes before any is
    drawn. For `kgan.Tabular`.

    Args:
        weight: Non-negative float, or a schedule. Defaults to `1.0`.
        name: In the logs, as `generator_<name>_loss`. Defaults to `"condition_cross_entropy"`.

    Raises:
        ValueError: if `weight` is negative, or `name` is no identifier; in `compile`, if the model is none of tables.

    Examples:
        >>> kgan.objectives.ConditionCrossEntropy(weight=2.0).weight  # compile(objectives=[...]) of a kgan.Tabular
        2.0

    Reference:
        Xu et al., 2019, Modeling Tabular data using Conditional GAN, section 4.3. arXiv:1907.00503
    """

    def __init__(self, weight: "float | Schedule" = 1.0, name: str | None = None):
        self.weight = number_or_schedule("weight", weight)
        self._call_it(name)

    @property
    def generator_outputs(self) -> tuple[str, ...]:
        return (_OUTPUT,)

    def check(self, model: keras.Model, outputs: dict[str, tuple]) -> None:
        if _OUTPUT not in model.generator_outputs:
            raise ValueError(
                f"Expected a generator with the output {_OUTPUT!r}, as that of a kgan.Tabular with conditions. "
                f"Received: one with {', '.join(map(repr, model.generator_outputs))}. Drop {self.name!r}."
            )

    def generator_loss(self, step: StepOutputs) -> tf.Tensor:
        condition = step.batch.labels  # (b, condition_dim)
        return -ops.mean(ops.sum(condition * step.outputs[_OUTPUT], axis=1))
