"""What kgan refuses in two networks."""

from collections.abc import Mapping
from typing import NamedTuple

import keras

from kgan._game import packing, squashing
from kgan._game.networks import (
    Shape,
    input_shapes,
    named_outputs,
    num_tags,
    output_shape,
    output_shapes,
    samples_name,
)


def check(generator: keras.Model, discriminator: keras.Model, num_classes: int | None, pac: int = 1) -> None:
    """Refuses two networks that do not fit each other.

    Raises:
        ValueError: if the shapes do not fit, none of several outputs of the generator is its samples, the discriminator
            ends in a squashing activation or returns something other than logits, a network takes labels and
            `num_classes` is missing, or the discriminator cannot see packs of `pac` samples.
    """
    generator_inputs = input_shapes(generator, "generator")
    if len(generator_inputs[0]) != 2 or generator_inputs[0][1] is None:
        raise ValueError(
            f"Expected the generator's first input to be latents of shape (batch, latent_dim). "
            f"Received: {generator_inputs[0]}."
        )
    discriminator_inputs = input_shapes(discriminator, "discriminator")
    samples = named_outputs(generator)[samples_name(generator)]
    if pac > 1:
        packing.check(samples, discriminator_inputs, output_shapes(discriminator, discriminator_inputs), pac)
    elif not _compatible(samples, discriminator_inputs[0]):
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


def check_trainable(networks: Mapping[str, keras.Model]) -> None:
    """Refuses a network that has weights of which none may be trained.

    Args:
        networks: By the names that their owner knows them by.

    Raises:
        ValueError: if all layers of one are frozen.
    """
    for name, network in networks.items():
        if network.weights and not network.trainable_variables:
            player = "generator" if name == "generator" else "discriminator"
            raise ValueError(
                f"Expected weights to train in the network {name!r}. Received: {network.name!r}, all of whose layers "
                f"have trainable=False, so that it would never learn. Set its trainable = True and compile again: each "
                f"update moves the weights of its own player alone, whatever `trainable` says, and "
                f"gan.freeze({player!r}) keeps one as it is for a while."
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


def check_translation(
    generator: keras.Model, discriminators: Mapping[str, keras.Model]
) -> dict[str, TranslationShapes]:
    """Refuses networks that cannot translate.

    Returns:
        The shapes that each discriminator sees, by its name.

    Raises:
        TypeError: if a network is not a Keras model.
        ValueError: if the shapes do not fit, or a discriminator ends in a squashing activation or returns something
            other than logits.
    """
    return {name: _check_translator(generator, one) for name, one in discriminators.items()}


def _check_translator(generator: keras.Model, discriminator: keras.Model) -> TranslationShapes:
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


class CycleShapes(NamedTuple):
    """The shapes of samples of two collections, with the batch axis.

    Attributes:
        a: Of a sample of a.
        b: Of a sample of b.
    """

    a: Shape
    b: Shape


def check_cycle(
    to_b: keras.Model,
    to_a: keras.Model,
    discriminator_a: keras.Model,
    discriminator_b: keras.Model,
    identity: bool,
) -> CycleShapes:
    """Refuses four networks that cannot translate between two collections.

    Raises:
        TypeError: if a network is not a Keras model.
        ValueError: if one network is given twice, the shapes do not fit, a discriminator takes more than samples, ends
            in a squashing activation or returns something other than logits, or `identity` asks for translators that
            take what they give.
    """
    given = {"to_b": to_b, "to_a": to_a, "discriminator_a": discriminator_a, "discriminator_b": discriminator_b}
    inputs = {name: input_shapes(network, name) for name, network in given.items()}
    for name, shapes in inputs.items():
        twice = next((other for other in given if other != name and given[other] is given[name]), None)
        if twice is not None:
            raise ValueError(
                f"Expected a network of its own for each argument. Received: one for {name} and {twice}. Build two."
            )
        if len(shapes) != 1:
            raise ValueError(f"Expected {name} to take samples alone. Received: inputs of shapes {shapes}.")
    a, b = inputs["to_b"][0], inputs["to_a"][0]
    for name, expected in (("to_b", b), ("to_a", a)):
        made = output_shape(given[name], inputs[name])
        if not _compatible(made, expected):
            raise ValueError(
                f"Expected {name} to make what the other translator takes, {expected[1:]}. Received: "
                f"{given[name].name!r}, which makes {made[1:]}. Change one of them so that the shapes agree."
            )
    for name, expected in (("discriminator_a", a), ("discriminator_b", b)):
        if not _compatible(inputs[name][0], expected):
            raise ValueError(
                f"Expected {name} to take samples of shape {expected[1:]}, as the translators have them. Received: "
                f"{given[name].name!r}, which takes {inputs[name][0][1:]}."
            )
        _check_logits(given[name], output_shapes(given[name], inputs[name])["logits"])
    if identity and not _compatible(a, b):
        raise ValueError(
            f"Expected samples of one shape on both sides for identity=True, which runs each translator on its own "
            f"side. Received: {a[1:]} and {b[1:]}. Pass identity=False, or bring both sides to one shape."
        )
    return CycleShapes(a, b)


def check_bidirectional(
    generator: keras.Model, encoder: keras.Model, discriminator: keras.Model
) -> tuple[Shape, Shape]:
    """Refuses a generator, an encoder and a discriminator of pairs that do not fit each other.

    Returns:
        The shapes of latents and of samples, with the batch axis.

    Raises:
        TypeError: if a network is not a Keras model.
        ValueError: if a network takes more than it should, the shapes do not fit, a side of the samples is free, or the
            discriminator ends in a squashing activation or returns something other than logits.
    """
    z, x = (input_shapes(one, name) for one, name in ((generator, "generator"), (encoder, "encoder")))
    if len(z) != 1 or len(z[0]) != 2 or len(x) != 1 or None in (*z[0][1:], *x[0][1:]):
        raise ValueError(
            f"Expected a generator from latents (batch, latent_dim) and an encoder from samples of known size. "
            f"Received: a generator that takes {z}, an encoder that takes {x}."
        )
    for name, network, inputs, expected in (("generator", generator, z, x[0]), ("encoder", encoder, x, z[0])):
        made = output_shape(network, inputs)
        if not _compatible(made, expected):
            raise ValueError(
                f"Expected the {name} to make what the other one takes, {expected}. Received: {network.name!r}, which "
                f"makes {made}. Change one of them so that the shapes agree."
            )
    seen = input_shapes(discriminator, "discriminator")
    if len(seen) != 2 or not _compatible(seen[0], x[0]) or not _compatible(seen[1], z[0]):
        raise ValueError(
            f"Expected a discriminator of [samples, latents], {x[0]} and {z[0]}. Received: one that takes {seen}."
        )
    _check_logits(discriminator, output_shapes(discriminator, seen)["logits"])
    return z[0], x[0]


def check_swap(
    encoder: keras.Model,
    decoder_a: keras.Model,
    decoder_b: keras.Model,
    discriminator_a: keras.Model,
    discriminator_b: keras.Model,
) -> Shape:
    """Refuses five networks that cannot swap faces; returns the shape of faces with the batch axis.

    Raises:
        TypeError: if a network is not a Keras model.
        ValueError: if one network is given twice, the shapes do not fit, a side of faces is free, a discriminator takes
            more than faces, ends in a squashing activation or returns something other than logits.
    """
    given = {"encoder": encoder, "decoder_a": decoder_a, "decoder_b": decoder_b}
    given |= {"discriminator_a": discriminator_a, "discriminator_b": discriminator_b}
    inputs = {name: input_shapes(network, name) for name, network in given.items()}
    for name, shapes in inputs.items():
        twice = next((other for other in given if other != name and given[other] is given[name]), None)
        if twice is not None:
            raise ValueError(
                f"Expected a network of its own for each argument. Received: one for {name} and {twice}. Build two."
            )
        if len(shapes) != 1:
            raise ValueError(f"Expected {name} to have one input. Received: inputs of shapes {shapes}.")
    face = inputs["encoder"][0]
    if len(face) != 4 or None in face[1:]:
        raise ValueError(f"Expected an encoder of faces (height, width, channels) of one size. Received: {face[1:]}.")
    code = output_shape(encoder, [face])
    for name in ("decoder_a", "decoder_b"):
        made = output_shape(given[name], inputs[name])
        if not _compatible(inputs[name][0], code):
            raise ValueError(
                f"Expected {name} to take codes of shape {code[1:]}, as the encoder makes them. Received: "
                f"{given[name].name!r}, which takes {inputs[name][0][1:]}."
            )
        if made[1:-1] != face[1:-1] or made[-1] not in (face[-1], face[-1] + 1):
            raise ValueError(
                f"Expected {name} to draw faces of shape {face[1:]}, perhaps with a mask as one channel more. "
                f"Received: {given[name].name!r}, which draws {made[1:]}."
            )
    for name in ("discriminator_a", "discriminator_b"):
        if not _compatible(inputs[name][0], face):
            raise ValueError(
                f"Expected {name} to take faces of shape {face[1:]}. Received: {given[name].name!r}, which takes "
                f"{inputs[name][0][1:]}."
            )
        _check_logits(given[name], output_shapes(given[name], inputs[name])["logits"])
    return face


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
    check_squashing(discriminator)


def check_squashing(discriminator: keras.Model) -> None:
    """Refuses a discriminator whose logits end in a bounded activation, as far as its graph shows.

    Raises:
        ValueError: if they do, or its logits of classes end in a softmax or the like.
    """
    for output, what in (("logits", "logits, any real number"), ("classes", "logits of classes in 'classes'")):
        activation = squashing.find(discriminator, output)
        if activation:
            raise ValueError(
                f"Expected the discriminator to return {what}. Received: {discriminator.name!r} ends in "
                f"{activation}. Remove that activation: the losses apply the sigmoid themselves, which is exact where "
                f"a probability would round to 0 or 1."
            )
