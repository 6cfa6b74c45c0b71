"""What the decoders of a `kgan.FaceSwap` owe the faces of their identity, and how much of a face they may redraw."""

import keras
import tensorflow as tf
from keras import ops

from kgan._game.batch import StepOutputs
from kgan.objectives.base import Objective
from kgan.objectives.cycle_consistency import Identity
from kgan.schedules import Schedule, number_or_schedule

__all__ = ["FaceReconstruction", "MaskArea"]


@keras.saving.register_keras_serializable("kgan")
class FaceReconstruction(Identity):
    """A face, read and drawn by the decoder of its own identity, is as it was.

    The generator minimises `mean |D_a(E(a)) - a| + mean |D_b(E(b)) - b|`, each mean over batch, pixels and channels.
    The mask of a decoder plays no part: what it draws is compared as a whole, or it could leave everything out.

    Args:
        weight: Non-negative float, or a schedule. Defaults to `10.0`.
        name: In the logs, as `generator_<name>_loss`. Defaults to `"face_reconstruction"`.

    Raises:
        ValueError: if `weight` is negative, or `name` is no identifier; in `compile`, if the model is no
            `kgan.FaceSwap`.

    Examples:
        >>> kgan.objectives.FaceReconstruction(5.0).weight  # compile(objectives=[...]) of a kgan.FaceSwap
        5.0

    Reference:
        Perov et al., 2020, DeepFaceLab, section 3.2. arXiv:2005.05535
    """

    _asked = "with identity=True, and kgan.FaceSwap always"

    def __init__(self, weight: "float | Schedule" = 10.0, name: str | None = None):
        super().__init__(weight, name)


@keras.saving.register_keras_serializable("kgan")
class MaskArea(Objective):
    """The share of a picture that swaps redraw: the mean of both masks.

    It keeps surroundings as they were: a mask costs what it covers, and covers what the discriminator asks for.

    Args:
        weight: Non-negative float, or a schedule. Defaults to `0.1`.
        name: In the logs, as `generator_<name>_loss`. Defaults to `"mask_area"`.

    Raises:
        ValueError: if `weight` is negative, or `name` is no identifier; in `compile`, if the model is no
            `kgan.FaceSwap` with masks.

    Examples:
        >>> kgan.objectives.MaskArea(0.5).weight  # compile(objectives=[...]) of a kgan.FaceSwap
        0.5

    Reference:
        Pumarola et al., 2018, GANimation: Anatomically-aware Facial Animation from a Single Image, section 4.2.
        arXiv:1807.09251
    """

    def __init__(self, weight: "float | Schedule" = 0.1, name: str | None = None):
        self.weight = number_or_schedule("weight", weight)
        self._call_it(name)

    @property
    def generator_outputs(self) -> tuple[str, ...]:
        """The outputs that it reads."""
        return ("a_mask", "b_mask")

    def check(self, model: keras.Model, outputs: dict[str, tuple]) -> None:
        if not set(self.generator_outputs) <= set(model.generator_outputs):
            raise ValueError(
                f"Expected a generator with the outputs 'a_mask' and 'b_mask' for {self.name!r}, as a kgan.FaceSwap "
                f"with masks has. Received: {', '.join(map(repr, model.generator_outputs))}."
            )

    def generator_loss(self, step: StepOutputs) -> tf.Tensor:
        return sum(ops.mean(step.outputs[name]) for name in self.generator_outputs)
