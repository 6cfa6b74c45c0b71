"""What the decoders of a `kgan.FaceSwap` owe the faces of their identity, and where their masks are open."""

import keras
import tensorflow as tf
from keras import ops

from kgan._game.batch import StepOutputs
from kgan._support.checks import positive
from kgan.objectives.base import Objective
from kgan.objectives.cycle_consistency import Identity
from kgan.schedules import Schedule, number_or_schedule

__all__ = ["FaceReconstruction", "MaskOfChange"]


@keras.saving.register_keras_serializable("kgan")
class FaceReconstruction(Identity):
    """A face, read and drawn by the decoder of its own identity, is as it was.

    The generator minimises `mean |D_a(E(a)) - a| + mean |D_b(E(b)) - b|`, each mean over batch, pixels and channels.
    The mask of a decoder plays no part: what it draws is compared as a whole, or it could leave everything out.

    Args:
        weight: Non-negative float, or a schedule. Defaults to `10.0`.
        detail: How much more a pixel counts that differs from what is around it, 0 or more, for pictures in [-1, 1]: it
            counts `1 + detail * |y - m|`, divided by the mean of that over the picture, y being the mean of its
            channels and m that of the 7 x 7 pixels around it. Small parts, as eyes are of faces, are learned sooner.
            Defaults to `10.0`.
        name: In the logs, as `generator_<name>_loss`. Defaults to `"face_reconstruction"`.

    Raises:
        ValueError: if `weight` or `detail` is negative, or `name` is no identifier; in `compile`, if the model is no
            `kgan.FaceSwap`.

    Examples:
        >>> kgan.objectives.FaceReconstruction(5.0).weight  # compile(objectives=[...]) of a kgan.FaceSwap
        5.0

    Reference:
        Perov et al., 2020, DeepFaceLab, section 3.2. arXiv:2005.05535
    """

    _asked = "with identity=True, and kgan.FaceSwap always"

    def __init__(self, weight: "float | Schedule" = 10.0, detail: float = 10.0, name: str | None = None):
        super().__init__(weight, detail, name)


@keras.saving.register_keras_serializable("kgan")
class MaskOfChange(Objective):
    """A mask is open where a swap differs from its face, and closed where it does not.

    Each mask m, from 0 to 1, is compared with where what its decoder draws, d, is not the face x that it is laid over:
    the generator minimises the binary cross-entropy of m to `clip(c / tolerance - 1, 0, 1)`, c being the greatest
    `|d - x|` of all channels, averaged over squares of 5 x 5 pixels. No gradient reaches d. So the surroundings, which
    a decoder draws nearly as they were, keep their own pixels.

    Args:
        weight: Non-negative float, or a schedule. Defaults to `1.0`.
        tolerance: What a swap may differ by before its mask opens, above 0, in the units of the value range; at twice
            that it is fully open. Defaults to `0.1`: of faces in [-1, 1], 13 grey levels of 255.
        name: In the logs, as `generator_<name>_loss`. Defaults to `"mask_of_change"`.

    Raises:
        ValueError: if `weight` is negative, `tolerance` is no finite number above 0, or `name` is no identifier; in
            `compile`, if the model is no `kgan.FaceSwap` with masks.

    Examples:
        >>> kgan.objectives.MaskOfChange(0.5).weight  # compile(objectives=[...]) of a kgan.FaceSwap
        0.5
    """

    def __init__(self, weight: "float | Schedule" = 1.0, tolerance: float = 0.1, name: str | None = None):
        self.weight = number_or_schedule("weight", weight)
        self.tolerance = positive("tolerance", tolerance)
        self._call_it(name)

    @property
    def generator_outputs(self) -> tuple[str, ...]:
        """The outputs that it reads."""
        return ("a_mask", "b_mask", "a", "b")

    def check(self, model: keras.Model, outputs: dict[str, tuple]) -> None:
        if not {"a_mask", "b_mask"} <= set(model.generator_outputs):
            raise ValueError(
                f"Expected a generator with the outputs 'a_mask' and 'b_mask' for {self.name!r}, as a kgan.FaceSwap "
                f"with masks has. Received: {', '.join(map(repr, model.generator_outputs))}. Build the decoders with "
                f"masks=True, or leave it out."
            )

    def generator_loss(self, step: StepOutputs) -> tf.Tensor:
        total = 0.0
        for side, other in (("a", "b"), ("b", "a")):
            drawn, face = ops.stop_gradient(step.outputs[side]), step.batch.real[other]
            change = ops.max(ops.abs(drawn - face), axis=-1, keepdims=True)
            change = ops.average_pool(change, 5, strides=1, padding="same")
            due = ops.clip(change / self.tolerance - 1.0, 0.0, 1.0)
            total += ops.mean(ops.binary_crossentropy(due, step.outputs[f"{side}_mask"]))
        return total
