"""What an exported generator takes and gives: names, shapes, value range."""

import dataclasses
import inspect
from collections.abc import Mapping
from dataclasses import dataclass

import keras
import numpy as np
import tensorflow as tf

from kgan.models import kind
from kgan.models.adversarial import AdversarialModel
from kgan.models.kind import Exported

__all__ = ["Signature"]


@dataclass(frozen=True)
class Signature:
    """The contract of every artefact in a bundle, as the kind of the model states it.

    Attributes:
        exported: What the kind of the model says of it.
    """

    exported: Exported

    @classmethod
    def of(cls, model: AdversarialModel) -> "Signature":
        """The signature of a model's generator.

        Raises:
            TypeError: if no kind knows the class of the model.
            ValueError: if the generator cannot be exported.
        """
        return cls(kind.of(model).exported(model))

    @property
    def beside(self) -> Mapping[str, "Signature"]:
        """Those of further networks of the model, by the folder within the bundle that each goes into."""
        return {name: Signature(exported) for name, exported in self.exported.beside.items()}

    def part_of(self, generator: keras.Model) -> keras.Model:
        """The network that is exported, of the model's generator."""
        return generator if self.exported.part is None else self.exported.part(generator)

    @property
    def output(self) -> str:
        """Name of the output, as `images` or `generated`: that of the samples, where there are further ones."""
        return self.exported.output.name

    @property
    def ranges(self) -> Mapping[str, tuple[float, float] | None]:
        """`(low, high)` of each output by its name, `None` for any; the samples come first."""
        return {self.output: self.value_range, **{one.name: one.value_range for one in self.exported.further}}

    @property
    def explicit(self) -> "Signature":
        """The same with optional inputs as inputs; itself where there are none."""
        exported = self.exported
        if not exported.optional:
            return self
        return Signature(dataclasses.replace(exported, inputs=(*exported.inputs, *exported.optional), optional=()))

    def defaults(self, generator: keras.Model) -> Mapping[str, np.ndarray]:
        """What optional inputs are where they are not given, by name."""
        return {} if self.exported.defaults is None else self.exported.defaults(generator)

    @property
    def value_range(self) -> tuple[float, float] | None:
        """`(low, high)` of the output, `None` for any."""
        return self.exported.value_range

    def tensor_specs(self) -> list[tf.TensorSpec]:
        """The inputs in order, named."""
        return [tf.TensorSpec((None, *one.shape), one.dtype, name=one.name) for one in self.exported.inputs]

    def function(self, generator: keras.Model) -> tf.Module:
        """The generator in inference mode, as the artefacts hold it: from inputs by name to `{output: tensor}`."""

        def generate(*inputs):
            return self.named(self.exported.call(generator, *inputs))

        # TensorFlow names the arguments of a SavedModel after those of the function.
        generate.__signature__ = inspect.Signature(
            [inspect.Parameter(one.name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for one in self.exported.inputs]
        )
        return tf.function(generate, input_signature=self.tensor_specs())

    def named(self, outputs: "tf.Tensor | Mapping[str, tf.Tensor]") -> dict[str, tf.Tensor]:
        """What `call` gives as artefacts have it: outputs by name, float32."""
        by_name = outputs if isinstance(outputs, Mapping) else {self.output: outputs}
        return {one.name: tf.cast(by_name[one.name], tf.float32) for one in self.exported.outputs}

    def example(self, batch: int) -> Mapping[str, np.ndarray]:
        """Inputs of a batch to compare artefacts on."""
        names = [one.name for one in self.exported.inputs]
        return {name: value for name, value in self.exported.example(batch).items() if name in names}

    def drawn(self, count: int, seed: int) -> Mapping[str, np.ndarray] | None:
        """Inputs as users draw them, by name; `None` where users bring their own."""
        if self.exported.draw is None:
            return None
        names = [one.name for one in self.exported.inputs]
        return {name: value for name, value in self.exported.draw(count, seed).items() if name in names}

    def metadata(self, generator: keras.Model) -> dict[str, str]:
        """What an ONNX file of a generator carries, so that it can be run without anything beside it."""
        exported = self.exported
        return {**exported.metadata, **({} if exported.of_weights is None else exported.of_weights(generator))}
