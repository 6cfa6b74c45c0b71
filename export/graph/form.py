"""The form in which an ONNX file takes and gives pictures: channels last or first, float32 or 8 bits ready to show."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import onnx

from kgan.export.graph.graph import Graph
from kgan.export.portable.output_form import LAYOUTS, PIXELS, InputForm, OutputForm
from kgan.export.signature import Signature
from kgan.models.kind import Tensor

__all__ = ["Form"]

Runner = Callable[..., np.ndarray]
Inputs = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Form:
    """How the pictures of an ONNX file differ from those of Keras: its samples, and what it takes that is a picture.

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
        shape, pictures = exported.output.shape, _pictures(signature)
        if len(shape) != 3 or any(len(one.shape) > 1 and one not in pictures for one in exported.inputs):
            raise ValueError(
                f"Expected a generator of pictures from latents or pictures for layout={layout!r} and "
                f"pixels={pixels!r}. Received: one that makes {exported.output.name} of shape {shape} from "
                f"{exported.inputs[0].name} of shape {exported.inputs[0].shape}. Leave both out."
            )
        if pixels == "uint8" and (signature.value_range is None or any(one.value_range is None for one in pictures)):
            raise ValueError(
                "Expected a generator with a value range for pixels='uint8'. Received: value_range=None. Build the "
                "GAN with value_range=(-1.0, 1.0), or leave pixels out."
            )
        return form

    @property
    def plain(self) -> bool:
        """Whether pictures are as Keras has them."""
        return self == Form()

    @property
    def said(self) -> dict[str, str]:
        """What differs from Keras, for `card.json`."""
        return {name: value for name, value in vars(self).items() if value != getattr(Form(), name)}

    def metadata(self) -> dict[str, str]:
        """The same for the file."""
        return {f"kgan_{name}": json.dumps(value) for name, value in self.said.items()}

    def apply(self, graph: Graph, signature: Signature) -> None:
        """Lets a graph give its samples, and take its pictures, in this form.

        `"uint8"` is `round((x - low) * 255 / (high - low))`, cut off at 0 and 255, and the way back for inputs.
        """
        self._apply_to_output(graph, signature)
        for one in _pictures(signature):
            self._apply_to_input(graph, one)

    def _apply_to_output(self, graph: Graph, signature: Signature) -> None:
        output = signature.output
        if self.layout == "nchw":
            graph.follow(output, "Transpose", perm=[0, 3, 1, 2])
            _put_channels_first(graph.declared(output))
        if self.pixels == "uint8":
            low, high = signature.value_range
            scale = 255.0 / (high - low)
            graph.follow(output, "Mul", graph.hold(np.float32(scale)))
            graph.follow(output, "Add", graph.hold(np.float32(-low * scale)))
            graph.follow(output, "Round")
            graph.follow(output, "Clip", graph.hold(np.float32(0.0)), graph.hold(np.float32(255.0)))
            graph.follow(output, "Cast", to=onnx.TensorProto.UINT8)
            graph.declared(output).elem_type = onnx.TensorProto.UINT8

    def _apply_to_input(self, graph: Graph, tensor: Tensor) -> None:
        """The last node that is put before the graph is the first to compute."""
        if self.layout == "nchw":
            graph.precede(tensor.name, "Transpose", perm=[0, 2, 3, 1])
            _put_channels_first(graph.declared(tensor.name))
        if self.pixels == "uint8":
            low, high = tensor.value_range
            graph.precede(tensor.name, "Add", graph.hold(np.float32(low)))
            graph.precede(tensor.name, "Mul", graph.hold(np.float32((high - low) / 255.0)))
            graph.precede(tensor.name, "Cast", to=onnx.TensorProto.FLOAT)
            graph.declared(tensor.name).elem_type = onnx.TensorProto.UINT8

    # --- so that it can be compared with Keras ---

    def inputs(self, inputs: Inputs, signature: Signature) -> Inputs:
        """Inputs as Keras takes them, in this form."""
        forms = {one.name: self._of_input(one) for one in _pictures(signature)}
        return {name: forms[name].formed(value) if name in forms else value for name, value in inputs.items()}

    def on_levels(self, inputs: Inputs, signature: Signature) -> Inputs:
        """Inputs as Keras takes them, their pictures rounded to the levels that this form has."""
        if self.pixels != "uint8":
            return inputs
        found = dict(inputs)
        for one in (one for one in _pictures(signature) if one.name in inputs):
            levels = InputForm(one.shape, one.value_range, "nhwc", "uint8").formed(inputs[one.name])
            found[one.name] = OutputForm(one.shape, one.value_range, "nhwc", "uint8").restored(levels)
        return found

    def fed(self, artefact: Runner, signature: Signature) -> Runner:
        """An artefact that takes inputs as Keras does, and gives samples in this form."""
        return lambda inputs, *further: artefact(self.inputs(inputs, signature), *further)

    def as_in_keras(self, artefact: Runner, keras: Runner, signature: Signature) -> tuple[Runner, Runner]:
        """An artefact and Keras, so that they can be compared: what is lost by rounding alone is no difference."""
        if self.plain:
            return artefact, keras
        form = OutputForm(signature.exported.output.shape, signature.value_range, self.layout, self.pixels)
        fed = self.fed(artefact, signature)

        def restored(inputs: Inputs, *further: str) -> np.ndarray:
            return fed(inputs, *further) if further else form.restored(fed(inputs))

        def expected(inputs: Inputs, *further: str) -> np.ndarray:
            return keras(self.on_levels(inputs, signature), *further)

        if self.pixels == "float32":
            return restored, keras
        low, high = signature.value_range
        half = np.float32((high - low) / 255.0 / 2.0)

        def clipped(inputs: Inputs, *further: str) -> np.ndarray:
            return expected(inputs, *further) if further else np.clip(expected(inputs), low, high)

        def beyond_rounding(inputs: Inputs, *further: str) -> np.ndarray:
            if further:
                return fed(inputs, *further)
            due = clipped(inputs)
            off = restored(inputs) - due
            return due + np.sign(off) * np.maximum(np.abs(off) - half, 0.0).astype(np.float32)

        return beyond_rounding, clipped

    def _of_input(self, tensor: Tensor) -> InputForm:
        return InputForm(tensor.shape, tensor.value_range, self.layout, self.pixels)


def _pictures(signature: Signature) -> list[Tensor]:
    """The inputs that are pictures: they have the form of the samples."""
    return [one for one in signature.exported.inputs if len(one.shape) == 3]


def _put_channels_first(tensor: onnx.TypeProto.Tensor) -> None:
    """Moves the last of four axes of a declared shape behind the batch."""
    sizes = tensor.shape.dim
    channels = sizes.pop()
    sizes.insert(1, channels)
