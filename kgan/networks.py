"""What kgan reads off the two networks, and what it refuses in them."""

from collections.abc import Sequence

import keras

Shape = tuple[int | None, ...]


def input_shapes(model: keras.Model, argument: str) -> list[Shape]:
    """The shapes of the model's inputs with the batch axis, in order.

    Raises:
        TypeError: `model` is not a Keras model.
        ValueError: It has not been built, so that its shapes are not known yet.
    """
    if not isinstance(model, keras.Model):
        raise TypeError(f"Expected {argument} to be a keras.Model. Received: {model!r} of type {type(model).__name__}.")
    if not model.built:
        raise ValueError(
            f"Expected {argument} to be built. Received: {model.name!r}, whose input shape is not known yet. "
            f"Begin it with keras.Input(shape), or call it once."
        )
    if hasattr(model, "inputs"):
        return [tuple(tensor.shape) for tensor in model.inputs]
    shape = (model.get_build_config() or {}).get("input_shape")  # a subclassed model remembers what it was called with
    if shape is None:
        raise ValueError(
            f"Expected {argument} to take one tensor, or one list [samples, labels]. Received: {model.name!r}, whose "
            f"call takes them apart. Change it to call(self, inputs) with inputs a list."
        )
    shapes = shape if isinstance(shape[0], list | tuple) else [shape]
    return [(None, *one[1:]) for one in shapes]


def output_shape(model: keras.Model, inputs: Sequence[Shape]) -> Shape:
    """The shape of the model's only output with the batch axis; `None` where an axis is free."""
    if hasattr(model, "outputs"):
        output = model.outputs[0] if len(model.outputs) == 1 else model.outputs
    else:  # a subclassed model is called on symbolic tensors; its second input, if any, is labels
        tensors = [keras.KerasTensor(shape, "int32" if i else "float32") for i, shape in enumerate(inputs)]
        output = model(tensors if len(tensors) > 1 else tensors[0])
    if not isinstance(output, keras.KerasTensor):
        raise ValueError(f"Expected {model.name!r} to have one output. Received: {output!r}.")
    return tuple(output.shape)


def check(generator: keras.Model, discriminator: keras.Model, num_classes: int | None) -> None:
    """Refuses two networks that cannot play.

    Raises:
        ValueError: The shapes do not fit, the discriminator ends in a squashing activation or returns something other
            than logits, or a network takes labels and `num_classes` is missing.
    """
    generator_inputs = input_shapes(generator, "generator")
    if len(generator_inputs[0]) != 2 or generator_inputs[0][1] is None:
        raise ValueError(
            f"Expected the generator's first input to be latents of shape (batch, latent_dim). "
            f"Received: {generator_inputs[0]}."
        )
    discriminator_inputs = input_shapes(discriminator, "discriminator")
    samples = output_shape(generator, generator_inputs)
    if not _compatible(samples, discriminator_inputs[0]):
        raise ValueError(
            f"Expected the generator's output to fit the discriminator's input. Received: the generator "
            f"{generator.name!r} makes {samples}, the discriminator {discriminator.name!r} takes "
            f"{discriminator_inputs[0]}. Change one of them so that the shapes agree."
        )
    for argument, inputs in (("generator", generator_inputs), ("discriminator", discriminator_inputs)):
        if len(inputs) > 2:
            raise ValueError(
                f"Expected {argument} to take at most two inputs, its first and the labels. Received: {inputs}."
            )
        if len(inputs) == 2 and num_classes is None:
            raise ValueError(
                f"Expected num_classes, because the {argument} takes labels as its second input. "
                f"Received: num_classes=None. Pass kgan.GAN(..., num_classes=10), say."
            )
    _check_logits(discriminator, output_shape(discriminator, discriminator_inputs))


def _compatible(first: Shape, second: Shape) -> bool:
    """Whether the shapes agree but for the batch, which a subclassed model remembers from its first call."""
    return len(first) == len(second) and all(
        a == b or a is None or b is None for a, b in zip(first[1:], second[1:], strict=True)
    )


def _check_logits(discriminator: keras.Model, shape: Shape) -> None:
    if len(shape) > 1 and shape[-1] != 1:
        raise ValueError(
            f"Expected the discriminator to return one logit per sample, (batch, 1), or per patch, (batch, ..., 1). "
            f"Received: an output of shape {shape}. End it with keras.layers.Dense(1)."
        )
    squashing = squashing_activation(discriminator)
    if squashing:
        raise ValueError(
            f"Expected the discriminator to return logits, any real number. Received: {discriminator.name!r} ends in "
            f"{squashing}. Remove that activation: the losses apply the sigmoid themselves, which is exact where a "
            f"probability would round to 0 or 1."
        )


_SQUASHING = ("sigmoid", "hard_sigmoid", "tanh", "softmax", "softsign", "log_sigmoid")


def squashing_activation(model: keras.Model) -> str | None:
    """The name of the bounded activation that the model ends in, or `None`."""
    if isinstance(model, keras.Sequential):
        last = model.layers[-1]
    elif getattr(model, "outputs", None):
        last = model.outputs[0]._keras_history.operation
    else:
        return None  # a subclassed model hides its last layer
    if isinstance(last, keras.Model):
        return squashing_activation(last)
    for layer_type, name in ((keras.layers.Softmax, "softmax"),):
        if isinstance(last, layer_type):
            return name
    activation = getattr(last, "activation", None)
    name = getattr(activation, "__name__", None) if activation is not None else _operation_name(last)
    return name if name in _SQUASHING else None


def _operation_name(operation) -> str:
    """`keras.ops.sigmoid` in a functional graph is an operation of class `Sigmoid`."""
    return type(operation).__name__.lower() if not isinstance(operation, keras.Layer) else ""
