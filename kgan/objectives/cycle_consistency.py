"""What two translators between the same two collections owe each other, and their own side."""

import keras
import tensorflow as tf
from keras import ops

from kgan._game.batch import StepOutputs
from kgan._support.checks import not_negative
from kgan.objectives import details
from kgan.objectives.base import Objective
from kgan.schedules import Schedule, number_or_schedule

__all__ = ["CycleConsistency", "Identity"]

_SIDES = ("a", "b")


class _ComparedWithInputs(Objective):
    """The mean absolute difference between inputs and what two translators make of them, of both sides together."""

    suffix: str  # of the generator's outputs that are compared
    _asked: str  # how a kgan.CycleTranslation has them

    def __init__(self, weight: "float | Schedule", detail: float, name: str | None):
        self.weight = number_or_schedule("weight", weight)
        self.detail = not_negative("detail", detail)
        self._call_it(name)

    @property
    def generator_outputs(self) -> tuple[str, ...]:
        """The outputs that it reads."""
        return tuple(f"{side}_{self.suffix}" for side in _SIDES)

    def check(self, model: keras.Model, outputs: dict[str, tuple]) -> None:
        missing = [name for name in self.generator_outputs if name not in model.generator_outputs]
        if missing or not set(_SIDES) <= set(model.compares):
            raise ValueError(
                f"Expected a generator with the outputs {' and '.join(map(repr, self.generator_outputs))} for "
                f"{self.name!r}, as kgan.CycleTranslation has {self._asked}. Received: "
                f"{', '.join(map(repr, model.generator_outputs))}."
            )
        details.check_pictures(self.detail, model, self.name)

    def generator_loss(self, step: StepOutputs) -> tf.Tensor:
        total = 0.0
        for side, name in zip(_SIDES, self.generator_outputs, strict=True):
            difference = ops.abs(step.outputs[name] - step.batch.real[side])
            if self.detail:
                difference = details.detail_weights(step.batch.real[side], self.detail) * difference
            total += ops.mean(difference)
        return total


@keras.saving.register_keras_serializable("kgan")
class CycleConsistency(_ComparedWithInputs):
    """What is translated to the other side and back is what it was: `mean |F(G(a)) - a| + mean |G(F(b)) - b|`.

    Each mean is over batch, pixels and channels.

    Args:
        weight: Non-negative float, or a schedule; lambda in the paper. Defaults to `10.0`, as there, beside a
            generator's loss without the 1/2 that `kgan.losses.LeastSquares` has: with that, 5.0 is as strong.
        detail: How much more a pixel counts that differs from what is around it, 0 or more, for pictures in [-1, 1]: it
            counts `1 + detail * |y - m|`, divided by the mean of that over the picture, y being the mean of its
            channels and m that of the 7 x 7 pixels around it. Small parts, as eyes are of faces, are learned sooner.
            Defaults to `0.0`.
        name: In the logs, as `generator_<name>_loss`. Defaults to `"cycle_consistency"`.

    Raises:
        ValueError: if `weight` or `detail` is negative, or `name` is no identifier; in `compile`, if the model is none
            of two translators, or `detail` is above 0 and samples are no pictures.

    Examples:
        >>> kgan.objectives.CycleConsistency(5.0).weight  # compile(objectives=[...]) of a kgan.CycleTranslation
        5.0

    Reference:
        Zhu et al., 2017, Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks, equation 2.
        arXiv:1703.10593
    """

    suffix = "again"
    _asked = "always"

    def __init__(self, weight: "float | Schedule" = 10.0, detail: float = 0.0, name: str | None = None):
        super().__init__(weight, detail, name)


@keras.saving.register_keras_serializable("kgan")
class Identity(_ComparedWithInputs):
    """A translator leaves alone what is on its side already: `mean |F(a) - a| + mean |G(b) - b|`.

    It keeps colours as they are where the discriminators would allow others. Each mean is over batch, pixels and
    channels.

    Args:
        weight: Non-negative float, or a schedule. Defaults to `5.0`, half of the cycle's in the paper; beside
            `kgan.losses.LeastSquares`, whose generator's loss has a 1/2, 2.5 is as strong.
        detail: How much more a pixel counts that differs from what is around it, 0 or more, for pictures in [-1, 1]: it
            counts `1 + detail * |y - m|`, divided by the mean of that over the picture, y being the mean of its
            channels and m that of the 7 x 7 pixels around it. Small parts, as eyes are of faces, are learned sooner.
            Defaults to `0.0`.
        name: In the logs, as `generator_<name>_loss`. Defaults to `"identity"`.

    Raises:
        ValueError: if `weight` or `detail` is negative, or `name` is no identifier; in `compile`, if the model is none
            of two translators, has `identity=False`, or `detail` is above 0 and samples are no pictures.

    Examples:
        >>> kgan.objectives.Identity(2.5).weight  # compile(objectives=[...]) of a kgan.CycleTranslation
        2.5

    Reference:
        Zhu et al., 2017, Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks, section 5.2.
        arXiv:1703.10593
    """

    suffix = "kept"
    _asked = "with identity=True"

    def __init__(self, weight: "float | Schedule" = 5.0, detail: float = 0.0, name: str | None = None):
        super().__init__(weight, detail, name)
