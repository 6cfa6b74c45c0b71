"""What kgan refuses in two networks."""

from typing import NamedTuple

import keras

from kgan._game.networks import Shape, input_shapes, num_tags, of_graph, output_shape, output_shapes


def check(generator: keras.Model, discriminator: keras.Model, num_classes: int | None) -> None:
    """Refuses two networks that do not fit each other.

    Raises:
        ValueError: if the shapes do not fit, the discriminator ends in a squashing activation or returns something
            other than logits, or a network takes labels and `num_classes` is missing.
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
        if len(inputs) == 2 and num_classes is None and num_tags(inputs) is None:
            raise ValueError(
                f"Expected num_classes, because the {argument} takes labels as its second input. "
                f"Received: num_classes=None. Pass kgan.GAN(..., num_classes=10), say."
            )
    outputs = output_shapes(discriminator, discriminator_inputs)
    _check_logits(discriminator, outputs["logits"])
    expected = num_tags(generator_inputs, discriminator_inputs) or num_classes
    if "classes" in outputs and outputs["classes"][-1] != expected:
        raise ValueError(
            f"Expected the discriminator's output 'classes' to have one logit for each class or tag, {expected}. "
            f"Received: shape {outputs['classes']}, num_classes={num_classes}."
        )


class TranslationShapes(NamedTuple):
    """The shapes of a translation, with the batch axis.

    Attributes:
        input: Of the generator's input.
        output: Of the generator's output.
        conditional: Whether the discriminator takes the input beside the sample.
    """

    input: Shape
    output: Shape
    conditional: bool


def check_translation(generator: keras.Model, discriminator: keras.Model) -> TranslationShapes:
    """Refuses two networks that cannot translate.

    Raises:
        TypeError: if a network is not a Keras model.
        ValueError: if the shapes do not fit, or the discriminator ends in a squashing activation or returns something
            other than logits.
    """
    generator_inputs = input_shapes(generator, "generator")
    if len(generator_inputs) != 1:
        raise ValueError(
            f"Expected the generator of a translation to take one input. Received: {len(generator_inputs)}, "
            f"{generator_inputs}. Concatenate them into one, or subclass kgan.AdversarialModel."
        )
    discriminator_inputs = input_shapes(discriminator, "discriminator")
    output = output_shape(generator, generator_inputs)
    if not _compatible(output, discriminator_inputs[0]):
        raise ValueError(
            f"Expected the generator's output to fit the discriminator's first input. Received: the generator "
            f"{generator.name!r} makes {output}, the discriminator {discriminator.name!r} takes "
            f"{discriminator_inputs[0]}. Change one of them so that the shapes agree."
        )
    if len(discriminator_inputs) > 2 or not all(
        _compatible(generator_inputs[0], shape) for shape in discriminator_inputs[1:]
    ):
        raise ValueError(
            f"Expected the discriminator to take samples, or [samples, inputs] with inputs as the generator takes "
            f"them, {generator_inputs[0]}. Received: {discriminator_inputs}."
        )
    _check_logits(discriminator, output_shapes(discriminator, discriminator_inputs)["logits"])
    return TranslationShapes(generator_inputs[0], output, len(discriminator_inputs) == 2)


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
    """The name of the bounded activation that the model's logits end in, or `None`."""
    if isinstance(model, keras.Sequential):
        last = model.layers[-1]
    elif hasattr(model, "outputs"):
        output = of_graph(model)
        last = (output["logits"] if isinstance(output, dict) else output)._keras_history.operation
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
