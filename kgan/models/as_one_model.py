"""What a Keras user reads off a model, where a game is two networks and none of it is plain."""

from typing import Any

import keras

from kgan._game import networks

__all__ = ["AsOneModel"]


class AsOneModel:
    """Shapes of a `kgan.AdversarialModel`, which are those of its generator; mixed in before `keras.Model`."""

    @property
    def input_shape(self) -> Any:
        """The shape of the generator's input with the batch axis, `(None, latent_dim)`; a list where it has several."""
        shapes = networks.input_shapes(self.generator, "generator")
        return shapes[0] if len(shapes) == 1 else shapes

    @property
    def output_shape(self) -> Any:
        """The shape of the generator's output with the batch axis; a dictionary where it has several."""
        output = networks.raw_output(self.generator, networks.input_shapes(self.generator, "generator"))
        return keras.tree.map_structure(lambda one: tuple(one.shape), output)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The generator's output shape for an input shape."""
        return self.generator.compute_output_shape(input_shape)

    @property
    def input(self) -> None:
        """Raises: a game is no graph from one input to one output.

        Raises:
            AttributeError: when it is read.
        """
        raise AttributeError(_two("input"))

    @property
    def output(self) -> None:
        """Raises: a game is no graph from one input to one output.

        Raises:
            AttributeError: when it is read.
        """
        raise AttributeError(_two("output"))

    def quantize(self, *arguments: Any, **named: Any) -> None:
        """Raises: what is quantized cannot be trained.

        Raises:
            ValueError: when it is called.
        """
        raise ValueError(
            f"Expected networks in floating point, which a {type(self).__name__} trains. Received: quantize(...). "
            f"Export the generator, and quantize the artefact: onnxruntime.quantization takes the ONNX file."
        )


def _two(name: str) -> str:
    return (
        f"Expected the network whose {name} is meant. Received: the {name} of the game, which has two networks. Take "
        f"model.generator.{name} or model.discriminator.{name}."
    )
