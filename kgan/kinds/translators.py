"""What artefacts of a network from images to images take and give."""

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from kgan._game.free_sizes import FreeSize, free_size
from kgan.models.kind import Exported, Tensor
from kgan.version import __version__

__all__ = ["exported_translator"]

_BATCHES = (1, 3)  # at which artefacts are compared: whole images, so fewer than of samples from latents
Shape = tuple[int | None, ...]


def exported_translator(
    network: keras.Model,
    shapes: tuple[Shape, Shape],
    value_range: tuple[float, float] | None,
    facts: Mapping[str, Any],
    part: Callable[[keras.Model], keras.Model] | None = None,
) -> Exported:
    """What artefacts take and give: `image` in, `generated` out, any height and width where the network allows.

    The network computes in inference mode: dropout is off, so that the same image gives the same output each time.

    Args:
        network: The network.
        shapes: Of an input and of an output, without the batch.
        value_range: Of both.
        facts: What a bundle says of it besides.
        part: From the model's generator to the network, where it is a part of it.

    Raises:
        ValueError: if it is no network from images to images that the bundle's program can open and write.
    """
    if any(len(shape) != 3 for shape in shapes) or value_range is None:
        raise ValueError(
            f"Expected a network from images to images with a value range to export. Received: inputs of shape "
            f"{shapes[0]}, outputs of shape {shapes[1]}, value_range={value_range}."
        )
    if not {shapes[0][-1], shapes[1][-1]} <= {1, 3, 4}:
        raise ValueError(
            f"Expected pictures of 1, 3 or 4 channels to export, which the bundle's program can open and write. "
            f"Received: {shapes[0][-1]} in, {shapes[1][-1]} out."
        )
    free = free_size(network, shared=True)
    size = _Size.of(free, *shapes)
    told = {
        **facts,
        "input_shape": size.inputs,
        "sample_shape": size.outputs,
        "scale": size.scale,
        "multiple": size.multiple,
        "input_range": value_range,
        "value_range": value_range,
        "dropout_at_test_time": False,
    }
    return Exported(
        inputs=(Tensor("image", size.inputs, value_range=value_range),),
        output=Tensor("generated", size.outputs),
        call=_call if free is None else _call_of_any_size,
        example=lambda batch: size.example(batch, shapes[0], value_range),
        value_range=value_range,
        metadata={
            "kgan_version": __version__,
            "kgan_runner": "apply.py",
            **{f"kgan_{name}": json.dumps(value) for name, value in told.items()},
        },
        card=told,
        runner="apply.py",
        batches=_BATCHES,
        part=part,
    )


class _Size(NamedTuple):
    """What sizes the network takes and gives, as far as it allows any: `None` for a free height or width.

    Attributes:
        inputs: `(height, width, channels)`.
        outputs: The same of what comes out.
        scale: How many times as high and wide as the input the output is.
        multiple: What free heights and widths are a multiple of, in pixels.
    """

    inputs: Shape
    outputs: Shape
    scale: int
    multiple: int

    @classmethod
    def of(cls, free: FreeSize | None, inputs: Shape, outputs: Shape) -> "_Size":
        if free is not None:
            return cls((None, None, inputs[-1]), (None, None, outputs[-1]), free.scale, free.multiple)
        scales = {(one or 0) / (other or 1) for one, other in zip(outputs[:2], inputs[:2], strict=True)}
        scale = scales.pop()
        if scales or scale < 1 or scale != int(scale):
            raise ValueError(
                f"Expected outputs of a known size, a whole number of times as high and wide as inputs. Received: "
                f"inputs of shape {inputs}, outputs of shape {outputs}. Build the generator as a functional model."
            )
        return cls(inputs, outputs, int(scale), 1)

    def example(self, batch: int, trained_on: Shape, value_range: tuple[float, float]) -> dict[str, np.ndarray]:
        """Noise of the size trained on; where sizes are free, larger ones for larger batches."""
        height, width = (size or 4 * self.multiple for size in trained_on[:2])
        if self.inputs[0] is None:
            height += (batch - 1) * self.multiple
        noise = np.random.RandomState(batch).uniform(*value_range, (batch, height, width, trained_on[2]))
        return {"image": noise.astype(np.float32)}


def _call(generator: keras.Model, image: tf.Tensor) -> tf.Tensor:
    return generator(image, training=False)


def _call_of_any_size(generator: keras.Model, image: tf.Tensor) -> tf.Tensor:
    return free_size(generator, shared=True).network(image, training=False)
