"""Real molecules are likely."""

import keras
import tensorflow as tf
from keras import ops

from kgan._game.batch import StepOutputs
from kgan.objectives.base import Objective
from kgan.schedules import Schedule, number_or_schedule

__all__ = ["Likelihood"]

_OUTPUT = "log_probabilities"


@keras.saving.register_keras_serializable("kgan")
class Likelihood(Objective):
    """The generator would have written the real molecules: `-mean_i sum_t log p(x_it | x_i1, ..., x_i(t-1))`.

    The loss of a language model, in nats a molecule, for `kgan.Molecules`: it trains before the game, and holds the
    generator near the data in it.

    Args:
        weight: Non-negative float, or a schedule. Defaults to `1.0`.
        name: In the logs, as `generator_<name>_loss`. Defaults to `"likelihood"`.

    Raises:
        ValueError: if `weight` is negative, or `name` is no identifier; in `compile`, if the model is none of
            molecules.

    Examples:
        >>> kgan.objectives.Likelihood(weight=0.5).weight  # compile(objectives=[...]) of a kgan.Molecules
        0.5

    Reference:
        Segler et al., 2018, Generating Focused Molecule Libraries for Drug Discovery with Recurrent Neural Networks,
        section 2. arXiv:1701.01329
    """

    def __init__(self, weight: "float | Schedule" = 1.0, name: str | None = None):
        self.weight = number_or_schedule("weight", weight)
        self._call_it(name)

    @property
    def generator_outputs(self) -> tuple[str, ...]:
        return (_OUTPUT,)

    def check(self, model: keras.Model, outputs: dict[str, tuple]) -> None:
        if _OUTPUT not in model.generator_outputs or not hasattr(model, "vocabulary"):
            raise ValueError(
                f"Expected a generator with the output {_OUTPUT!r}, as that of a kgan.Molecules. Received: one with "
                f"{', '.join(map(repr, model.generator_outputs))}. Drop {self.name!r}."
            )

    def generator_loss(self, step: StepOutputs) -> tf.Tensor:
        return -ops.mean(ops.sum(step.outputs[_OUTPUT], axis=1))
