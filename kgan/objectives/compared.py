"""What objectives read that compare a generated sample with its own real one."""

from collections.abc import Mapping

import keras
import tensorflow as tf

from kgan._game import networks
from kgan._game.batch import SAMPLES, StepOutputs, only
from kgan._support import lookup
from kgan.objectives.base import Objective
from kgan.schedules import Schedule, number_or_schedule

__all__ = ["Compared", "check_compared", "compared", "output_shape_of"]


def compared(step: StepOutputs, output: str | None, discriminator: str | None) -> tuple[tf.Tensor, tf.Tensor]:
    """The generated samples and what they should have been.

    Args:
        step: What the objective reads.
        output: The generator's output; `None` for its only one.
        discriminator: The discriminator whose reals they are compared with; `None` where all have the same.

    Returns:
        Two tensors `(batch, ...)` float32.
    """
    generated = step.generated if output is None else step.outputs[output]
    real = step.batch.real
    if isinstance(real, Mapping):
        real = (
            only(real, "what samples are compared with", "that of discriminator=...")
            if discriminator is None
            else (real[discriminator])
        )
    return generated, real


def output_shape_of(model: keras.Model, output: str | None) -> networks.Shape:
    """The shape of one of the generator's outputs with the batch axis; `None` where an axis is free.

    Args:
        model: A `kgan.AdversarialModel`.
        output: Its name; `None` for the only one.

    Raises:
        ValueError: if the generator has no such output, or has several and `output` is `None`.
    """
    names = model.generator_outputs
    if output is None and len(names) > 1:
        raise ValueError(
            f"Expected output, because the generator has several: {', '.join(map(repr, names))}. Received: output=None."
        )
    name = lookup.find("output", output or names[0], {name: name for name in names})
    found = networks.raw_output(model.generator, networks.input_shapes(model.generator, "generator"))
    return tuple((found if name == SAMPLES and not isinstance(found, Mapping) else found[name]).shape)


def check_compared(model: keras.Model, output: str | None, discriminator: str | None) -> None:
    """Refuses names that are none, and samples that do not have the shape of the reals.

    Args:
        model: A `kgan.AdversarialModel`.
        output: As for `compared`.
        discriminator: As for `compared`.

    Raises:
        ValueError: if the generator has no such output, the model has no such discriminator, or shapes differ.
    """
    shape = output_shape_of(model, output)
    name = discriminator or next(iter(model.discriminators))
    judge = lookup.find("discriminator", name, model.discriminators)
    real = networks.input_shapes(judge, "discriminator")[0]
    agree = len(shape) == len(real) and all(a == b or None in (a, b) for a, b in zip(shape[1:], real[1:], strict=True))
    if not agree:
        raise ValueError(
            f"Expected generated samples of the shape of the reals that they are compared with, {real[1:]}. "
            f"Received: {shape[1:]}. Name the output and the discriminator, output=... and discriminator=..."
        )


class Compared(Objective):
    """An objective that compares one output of the generator with the reals of one discriminator.

    Args:
        weight: Non-negative float, or a schedule.
        output: Name of the generator's output; `None` for its only one.
        discriminator: Name of the discriminator whose reals are the truths; `None` where all have the same.
        name: In the logs; `None` for the class name in snake case, with the output's name behind where one is told.

    Raises:
        ValueError: if `weight` is negative, or `name` is no identifier; in `compile`, if a name is unknown or shapes
            differ.
    """

    def __init__(
        self, weight: "float | Schedule", output: str | None, discriminator: str | None, name: str | None = None
    ):
        self.weight = number_or_schedule("weight", weight)
        self.output = output
        self.discriminator = discriminator
        self._call_it(name)

    @property
    def _default_name(self) -> str:
        """With the output's name where one is told, so that several outputs may each have one."""
        default = super()._default_name
        return default if self.output is None else f"{default}_{self.output}"

    @property
    def generator_outputs(self) -> tuple[str, ...]:
        """The output that it reads."""
        return () if self.output is None else (self.output,)

    def check(self, model: keras.Model, outputs: dict[str, tuple]) -> None:
        check_compared(model, self.output, self.discriminator)
