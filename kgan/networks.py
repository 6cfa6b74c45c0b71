"""What kgan reads off the two networks, and what it refuses in them."""

from collections.abc import Sequence

import keras

from kgan import lookup

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
    output = _output(model, inputs)
    if not isinstance(output, keras.KerasTensor):
        raise ValueError(f"Expected {model.name!r} to have one output. Received: {output!r}.")
    return tuple(output.shape)


def output_shapes(discriminator: keras.Model, inputs: Sequence[Shape]) -> dict[str, Shape]:
    """The shapes of the discriminator's outputs by name; one that stands alone is `"logits"`."""
    output = _output(discriminator, inputs)
    named = output if isinstance(output, dict) else {"logits": output}
    if "logits" not in named or not all(isinstance(one, keras.KerasTensor) for one in named.values()):
        raise ValueError(
            f"Expected the discriminator to return logits, or a dictionary of outputs with 'logits' among them, as "
            f'keras.Model(inputs, {{"logits": logits, "classes": classes}}). Received: {output!r}.'
        )
    return {name: tuple(one.shape) for name, one in named.items()}


def _output(model: keras.Model, inputs: Sequence[Shape]):
    """The symbolic output: a tensor, or a structure of them."""
    if isinstance(model, keras.Sequential):
        return model.outputs[0]
    if hasattr(model, "outputs"):
        return model.output
    return model(symbolic(inputs))


def symbolic(inputs: Sequence[Shape]) -> "keras.KerasTensor | list[keras.KerasTensor]":
    """What a subclassed model can be called on; its second input, if any, is labels."""
    tensors = [
        keras.KerasTensor(shape, "int32" if i and len(shape) == 1 else "float32") for i, shape in enumerate(inputs)
    ]
    return tensors if len(tensors) > 1 else tensors[0]


def with_outputs(discriminator: keras.Model, names: "set[str]") -> keras.Model:
    """The discriminator with layers that objectives read as further outputs, on the same weights.

    Raises:
        ValueError: A name is neither an output nor a layer, or the discriminator is a subclassed model, whose layers
            cannot be reached.
    """
    outputs = _output(discriminator, input_shapes(discriminator, "discriminator"))
    outputs = dict(outputs) if isinstance(outputs, dict) else {"logits": outputs}
    missing = sorted(names - set(outputs))
    if not missing:
        return discriminator
    layers = {layer.name: layer for layer in discriminator.layers} if hasattr(discriminator, "outputs") else {}
    for name in missing:
        if name not in layers:
            raise ValueError(
                f"Expected the discriminator to have an output or a layer named {name!r}, which an objective reads. "
                f"Received: {discriminator.name!r} with outputs {', '.join(outputs)} and layers "
                f"{', '.join(layers) or 'that a subclassed model hides'}.{lookup.nearest(name, [*outputs, *layers])} "
                f'Return it: keras.Model(inputs, {{"logits": logits, {name!r}: ...}}).'
            )
        outputs[name] = layers[name].output
    return keras.Model(discriminator.inputs, outputs, name=discriminator.name)


def copy_of(model: keras.Model, config: dict | None = None) -> keras.Model:
    """A second model with equal weights.

    Args:
        model: A built model.
        config: What to make the copy from, the model's own config by default.
    """
    copy = fresh_copy_of(model, config)
    copy.set_weights(model.get_weights())
    return copy


def fresh_copy_of(model: keras.Model, config: dict | None = None) -> keras.Model:
    """A second model with weights as they are initialised; its arguments are those of `copy_of`."""
    copy = type(model).from_config(model.get_config() if config is None else config)
    if not copy.built:  # a subclassed model is, by the symbolic call
        _output(copy, input_shapes(model, "model"))
    return copy


def in_float32(model: keras.Model) -> keras.Model:
    """The model itself where every layer computes in float32, else a copy of it that does, on the same weights.

    Raises:
        ValueError: A layer's precision is not in the model's config.
    """
    if all(layer.compute_dtype == "float32" for layer in model._flatten_layers()):
        return model
    copy = copy_of(model, _with_float32(model.get_config()))
    for layer in copy._flatten_layers():
        if layer.compute_dtype != "float32":
            raise ValueError(
                f"Expected layers that take their precision from the model's config. Received: {layer.name!r}, which "
                f"computes in {layer.compute_dtype} all the same. Pass precision='as_trained' and a larger atol."
            )
    return copy


def _with_float32(config):
    """The config with every policy of precision in it replaced."""
    if isinstance(config, list | tuple):
        return type(config)(_with_float32(one) for one in config)
    if not isinstance(config, dict):
        return config
    if config.get("class_name") == "DTypePolicy":
        return {**config, "config": {"name": "float32"}}
    return {key: _with_float32(value) for key, value in config.items()}


def num_tags(*models_inputs: Sequence[Shape]) -> int | None:
    """How many tags the networks take as labels: the width of a second input `(batch, num_tags)`, `None` for none.

    Raises:
        ValueError: Two networks disagree.
    """
    widths = {inputs[1][1] for inputs in models_inputs if len(inputs) == 2 and len(inputs[1]) == 2}
    widths -= {1}  # (batch, 1) is one class for each sample
    if len(widths) > 1:
        raise ValueError(f"Expected both networks to take as many tags. Received: {sorted(widths)}.")
    return widths.pop() if widths else None


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
        output = model.output
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
