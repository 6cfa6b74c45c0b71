"""The form in which an ONNX file gives pictures: channels last or first, float32 or 8 bits that are ready to show."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import onnx

from kgan.export.graph.graph import Graph
from kgan.export.portable.output_form import LAYOUTS, PIXELS, OutputForm
from kgan.export.signature import Signature

__all__ = ["Form"]

Runner = Callable[..., np.ndarray]


@dataclass(frozen=True)
class Form:
    """How the samples of an ONNX file differ from those of Keras.

    Attributes:
        layout: `"nhwc"`, channels last as in Keras, or `"nchw"`, channels first as onnxruntime computes.
        pixels: `"float32"` in the value range, or `"uint8"`: 0 to 255, rounded.
    """

    layout: str = "nhwc"
    pixels: str = "float32"

    @classmethod
    def of(cls, signature: Signature, layout: str, pixels: str) -> "Form":
        """The form that was asked for.

        Raises:
            ValueError: if there is no such form, or the samples of this generator cannot have it.
        """
        if layout not in LAYOUTS:
            raise ValueError(f"Expected layout as 'nhwc' or 'nchw'. Received: layout={layout!r}.")
        if pixels not in PIXELS:
            raise ValueError(f"Expected pixels as 'float32' or 'uint8'. Received: pixels={pixels!r}.")
        form, exported = cls(layout, pixels), signature.exported
        if form.plain:
            return form
        shape = exported.output.shape
        if len(shape) != 3 or any(len(one.shape) > 2 for one in exported.inputs):
            raise ValueError(
                f"Expected a generator of pictures from latents for layout={layout!r} and pixels={pixels!r}. Received: "
                f"one that makes {exported.output.name} of shape {shape} from {exported.inputs[0].name} of shape "
                f"{exported.inputs[0].shape}. Leave both out."
            )
        if pixels == "uint8" and signature.value_range is None:
            raise ValueError(
                "Expected a generator with a value range for pixels='uint8'. Received: value_range=None. Build the "
                "GAN with value_range=(-1.0, 1.0), or leave pixels out."
            )
        return form

    @property
    def plain(self) -> bool:
        """Whether samples are as Keras has them."""
        return self == Form()

    @property
    def said(self) -> dict[str, str]:
        """What differs from Keras, for `card.json`."""
        return {name: value for name, value in vars(self).items() if value != getattr(Form(), name)}

    def metadata(self) -> dict[str, str]:
        """The same for the file."""
        return {f"kgan_{name}": json.dumps(value) for name, value in self.said.items()}

    def apply(self, graph: Graph, output: str, value_range: "tuple[float, float] | None") -> None:
        """Lets a graph give its output in this form.

        `"uint8"` is `round((x - low) * 255 / (high - low))`, cut off at 0 and 255.
        """
        if self.layout == "nchw":
            graph.follow(output, "Transpose", perm=[0, 3, 1, 2])
            sizes = graph.output_type(output).shape.dim
            channels = sizes.pop()
            sizes.insert(1, channels)
        if self.pixels == "uint8":
            low, high = value_range
            scale = 255.0 / (high - low)
            graph.follow(output, "Mul", graph.hold(np.float32(scale)))
            graph.follow(output, "Add", graph.hold(np.float32(-low * scale)))
            graph.follow(output, "Round")
            graph.follow(output, "Clip", graph.hold(np.float32(0.0)), graph.hold(np.float32(255.0)))
            graph.follow(output, "Cast", to=onnx.TensorProto.UINT8)
            graph.output_type(output).elem_type = onnx.TensorProto.UINT8

    def as_in_keras(self, artefact: Runner, keras: Runner, signature: Signature) -> tuple[Runner, Runner]:
        """An artefact and Keras, so that they can be compared: what is lost by rounding alone is no difference."""
        if self.plain:
            return artefact, keras
        form = OutputForm(signature.exported.output.shape, signature.value_range, self.layout, self.pixels)

        def restored(inputs: Mapping[str, np.ndarray], *further: str) -> np.ndarray:
            return artefact(inputs, *further) if further else form.restored(artefact(inputs))

        if self.pixels == "float32":
            return restored, keras
        low, high = signature.value_range
        half = np.float32((high - low) / 255.0 / 2.0)

        def clipped(inputs: Mapping[str, np.ndarray], *further: str) -> np.ndarray:
            return keras(inputs, *further) if further else np.clip(keras(inputs), low, high)

        def beyond_rounding(inputs: Mapping[str, np.ndarray], *further: str) -> np.ndarray:
            if further:
                return artefact(inputs, *further)
            expected = clipped(inputs)
            off = form.restored(artefact(inputs)) - expected
            return expected + np.sign(off) * np.maximum(np.abs(off) - half, 0.0).astype(np.float32)

        return beyond_rounding, clipped
