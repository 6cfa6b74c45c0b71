"""What kgan reads off the two networks, and what it refuses in them."""

import contextlib
import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import keras

from kgan._game import revival
from kgan._game.batch import IMAGES, SAMPLES
from kgan._support import lookup

Shape = tuple[int | None, ...]


def input_shapes(model: keras.Model, argument: str) -> list[Shape]:
    """The shapes of the model's inputs with the batch axis, in order.

    Raises:
        TypeError: if `model` is not a Keras model.
        ValueError: if it has not been built, so that its shapes are not known yet.
    """
    if not isinstance(model, keras.Model):
        raise TypeError(f"Expected {argument} to be a keras.Model. Received: {model!r} of type {type(model).__name__}.")
    _check_call(model, argument)
    if not model.built:
        raise ValueError(
            f"Expected {argument} to be built. Received: {model.name!r}, whose input shape is not known yet. "
            f"Begin it with keras.Input(shape), or call it once."
        )
    if hasattr(model, "inputs"):
        return [tuple(tensor.shape) for tensor in model.inputs]
    shape = (model.get_build_config() or {}).get("input_shape")  # a subclassed model remembers what it was called with
    if shape is None:
        raise ValueError(_taken_apart(model, argument, "tensors"))
    shapes = shape if isinstance(shape[0], list | tuple) else [shape]
    return [(None, *one[1:]) for one in shapes]


def _check_call(model: keras.Model, argument: str) -> None:
    """Refuses a subclassed model whose `call` takes more tensors than one: Keras remembers the shape of one."""
    if hasattr(model, "outputs"):
        return
    parameters = [one for one in inspect.signature(model.call).parameters.values() if one.kind in _POSITIONAL]
    for one in parameters[1:]:
        if one.name not in ("training", "mask") and (one.default is one.empty or "label" in one.name):
            raise ValueError(_taken_apart(model, argument, f"{parameters[0].name!r} and {one.name!r}"))


_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _taken_apart(model: keras.Model, argument: str, what: str) -> str:
    return (
        f"Expected {argument} to take one tensor, or one list [samples, labels]. Received: {model.name!r}, whose "
        f"call takes {what} apart. Change it to call(self, inputs) with inputs a list."
    )


def output_shape(model: keras.Model, inputs: Sequence[Shape]) -> Shape:
    """The shape of the model's only output with the batch axis; `None` where an axis is free.

    Raises:
        ValueError: if it has several.
    """
    output = raw_output(model, inputs)
    if not isinstance(output, keras.KerasTensor):
        raise ValueError(
            f"Expected {model.name!r} to have one output. Received: {_listed(output)}. Make a model of the output that "
            f"the discriminator sees, on the same layers: keras.Model(model.inputs, output)."
        )
    return tuple(output.shape)


def named_outputs(generator: keras.Model) -> dict[str, Shape]:
    """The shapes of the generator's outputs by name, with the batch axis; one that stands alone is `"samples"`.

    Raises:
        ValueError: if it has several that are no dictionary of tensors.
    """
    output = raw_output(generator, input_shapes(generator, "generator"))
    by_name = {SAMPLES: output} if isinstance(output, keras.KerasTensor) else output
    if not isinstance(by_name, Mapping) or not all(isinstance(one, keras.KerasTensor) for one in by_name.values()):
        raise ValueError(
            f"Expected the outputs of the generator by name. Received: {generator.name!r} with {_listed(output)}. "
            f'Return a dictionary: keras.Model(inputs, {{"images": images, "masks": masks}}).'
        )
    return {name: tuple(one.shape) for name, one in by_name.items()}


def samples_name(generator: keras.Model) -> str:
    """Which of the generator's outputs its samples are: the only one, or the one named `"images"` or `"samples"`.

    Raises:
        ValueError: if it has several that are no dictionary of tensors, or none or both of these among them.
    """
    names = named_outputs(generator)
    found = [name for name in (IMAGES, SAMPLES) if name in names]
    if len(names) == 1 or len(found) == 1:
        return next(iter(found or names))
    raise ValueError(
        f"Expected one output of the generator to be named 'images', or 'samples': what the discriminator compares. "
        f"Received: {generator.name!r} with {', '.join(map(repr, names))}. Name it so: keras.Model(generator.inputs, "
        f'{{"images": ..., ...}}), on the same layers.'
    )


def has_weights_apart(generator: keras.Model, name: str, used: "set[str]") -> bool:
    """Whether an output is made of trainable weights that others are not made of; true where nobody can tell.

    Args:
        generator: Its outputs are named.
        name: The output.
        used: Names of the others.
    """
    output = of_graph(generator) if hasattr(generator, "outputs") else None
    if not isinstance(output, Mapping):
        return True
    of_it, of_others = (
        keras.Model(generator.inputs, {one: output[one] for one in names}).trainable_variables
        for names in ({name}, used)
    )
    return bool({id(one) for one in of_it} - {id(one) for one in of_others})


def samples_of(outputs: Any, name: str) -> Any:
    """The samples among what a generator gives: the tensor, or the entry of that name."""
    return outputs[name] if isinstance(outputs, Mapping) else outputs


def _listed(output: Any) -> str:
    """Outputs for an error: by name, or how many."""
    if isinstance(output, Mapping):
        return f"outputs {', '.join(map(repr, output))}"
    return f"{len(keras.tree.flatten(output))} of them"


def output_shapes(discriminator: keras.Model, inputs: Sequence[Shape]) -> dict[str, Shape]:
    """The shapes of the discriminator's outputs by name; one that stands alone is `"logits"`."""
    output = raw_output(discriminator, inputs)
    named = output if isinstance(output, dict) else {"logits": output}
    if "logits" not in named or not all(isinstance(one, keras.KerasTensor) for one in named.values()):
        raise ValueError(
            f"Expected the discriminator to return logits, or a dictionary of outputs with 'logits' among them, as "
            f'keras.Model(inputs, {{"logits": logits, "classes": classes}}). Received: {output!r}.'
        )
    return {name: tuple(one.shape) for name, one in named.items()}


def raw_output(model: keras.Model, inputs: Sequence[Shape]):
    """The symbolic output: a tensor, or a structure of them."""
    return of_graph(model) if hasattr(model, "outputs") else model(symbolic(inputs))


def of_graph(model: keras.Model):
    """The symbolic output of a model that is a graph; of `outputs=[x]` it is x, as of a call."""
    output = model.outputs[0] if isinstance(model, keras.Sequential) else model.output
    return output[0] if isinstance(output, list | tuple) and len(output) == 1 else output


def symbolic(inputs: Sequence[Shape]) -> "keras.KerasTensor | list[keras.KerasTensor]":
    """What a subclassed model can be called on; its second input, if any, is labels."""
    tensors = [
        keras.KerasTensor(shape, "int32" if i and len(shape) == 1 else "float32") for i, shape in enumerate(inputs)
    ]
    return tensors if len(tensors) > 1 else tensors[0]


def with_outputs(discriminator: keras.Model, names: "set[str]") -> keras.Model:
    """The discriminator with layers that objectives read as further outputs, on the same weights.

    Raises:
        ValueError: if a name is neither an output nor a layer, or the discriminator is a subclassed model, whose layers
            cannot be reached.
    """
    outputs = raw_output(discriminator, input_shapes(discriminator, "discriminator"))
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
    with keras.saving.custom_object_scope(revival.classes_of(model)):  # of a function or notebook cell too
        copy = type(model).from_config(model.get_config() if config is None else config)
    if not copy.built:  # a subclassed model is, by the symbolic call
        raw_output(copy, input_shapes(model, "model"))
    return copy


def in_float32(model: keras.Model) -> keras.Model:
    """The model itself where every layer computes in float32, else a copy of it that does, on the same weights.

    Raises:
        ValueError: if a layer's precision is not in the model's config.
        TypeError: if Keras cannot make the model from its config.
    """
    if all(layer.compute_dtype == "float32" for layer in model._flatten_layers()):
        return model
    revival.check(
        model, "a network", "a copy of it computes in float32", "pass precision='as_trained' and a larger atol"
    )
    with _global_policy("float32"):  # a functional model has no precision in its config, and takes the global one
        copy = copy_of(model, _with_float32(model.get_config()))
    for layer in copy._flatten_layers():
        if layer.compute_dtype != "float32":
            raise ValueError(
                f"Expected layers that take their precision from the model's config. Received: {layer.name!r}, which "
                f"computes in {layer.compute_dtype} all the same. Pass precision='as_trained' and a larger atol."
            )
    return copy


@contextlib.contextmanager
def _global_policy(name: str) -> Iterator[None]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


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
        ValueError: if two networks take different numbers of tags.
    """
    widths = {inputs[1][1] for inputs in models_inputs if len(inputs) == 2 and len(inputs[1]) == 2}
    widths -= {1}  # (batch, 1) is one class for each sample
    if len(widths) > 1:
        raise ValueError(f"Expected both networks to take as many tags. Received: {sorted(widths)}.")
    return widths.pop() if widths else None
