"""The two sides of a model: the generator's outputs by name, and which discriminator compares which."""

from collections.abc import Mapping

import keras

from kgan._game.batch import DISCRIMINATOR, SAMPLES
from kgan._game.networks import input_shapes, raw_output
from kgan._support import lookup


def output_names(generator: keras.Model) -> tuple[str, ...]:
    """The names of the generator's outputs; one that stands alone is `"samples"`."""
    output = raw_output(generator, input_shapes(generator, "generator"))
    return tuple(output) if isinstance(output, Mapping) else (SAMPLES,)


def check_discriminators(discriminators: Mapping[str, keras.Model]) -> dict[str, keras.Model]:
    """Several discriminators by name.

    Raises:
        ValueError: if there is none, a name is no identifier, or two names share one model.
        TypeError: if one is no Keras model.
    """
    if not discriminators:
        raise ValueError("Expected at least one discriminator. Received: an empty dictionary.")
    names: dict[int, str] = {}
    for name, discriminator in discriminators.items():
        if not isinstance(name, str) or not name.isidentifier():
            raise ValueError(
                f"Expected names of discriminators that can stand in the logs, as 'coarse'. Received: {name!r}."
            )
        if not isinstance(discriminator, keras.Model):
            raise TypeError(
                f"Expected the discriminator {name!r} to be a keras.Model. Received: {type(discriminator).__name__}."
            )
        if id(discriminator) in names:
            raise ValueError(
                f"Expected a discriminator of its own for each name. Received: one model for "
                f"{names[id(discriminator)]!r} and {name!r}, which would be updated twice. Build two, or name it once."
            )
        names[id(discriminator)] = name
    return dict(discriminators)


def check_compares(
    compares: Mapping[str, str] | None, discriminators: Mapping[str, keras.Model], outputs: tuple[str, ...]
) -> dict[str, str]:
    """Which output each discriminator compares: as told, else its namesake, else the only one.

    Raises:
        ValueError: if a name is unknown, or it cannot be told which output a discriminator compares.
    """
    compares = {} if compares is None else dict(compares)
    lookup.check_known("compares", compares, discriminators)
    found = {}
    for name in discriminators:
        output = compares.get(name, name if name in outputs else outputs[0] if len(outputs) == 1 else None)
        if output not in outputs:
            received = f"{name!r}, which has no namesake among them" if output is None else f"{output!r} for {name!r}"
            only = " Pass {'" + name + "': discriminator} with the output's name." if name == DISCRIMINATOR else ""
            raise ValueError(
                f"Expected each discriminator to compare an output of the generator, which has "
                f"{', '.join(map(repr, outputs))}. Received: {received}.{lookup.nearest(str(output or name), outputs)} "
                f"Pass compares={{discriminator: output}}.{only}"
            )
        found[name] = output
    return found


def check_reals(
    reals: Mapping[str, str] | None, discriminators: Mapping[str, keras.Model], outputs: tuple[str, ...]
) -> dict[str, str]:
    """The discriminators whose reals are an output of the generator.

    Raises:
        ValueError: if a name is unknown.
    """
    reals = {} if reals is None else dict(reals)
    lookup.check_known("reals", reals, discriminators)
    lookup.check_known("reals", reals.values(), outputs)
    return reals


def check_apart(generator: keras.Model, discriminators: Mapping[str, keras.Model]) -> None:
    """Refuses weights that the generator shares with a discriminator: both optimizers would move them, and Keras cannot
    read back a file with them.

    Raises:
        ValueError: if there are any.
    """
    for name, discriminator in discriminators.items():
        layer = shared_layer(generator, discriminator)
        if layer is not None:
            raise ValueError(
                f"Expected weights of its own in each network. Received: the layer {layer!r} in the generator and in "
                f"{name!r}, which both optimizers would move, and with which no saved file could be read back. Build "
                f"a layer for each, two Embeddings, say."
            )


def shared_layer(one: keras.Model, other: keras.Model) -> str | None:
    """The name of a layer whose weights two networks share, `None` for none."""
    others = {id(weight) for weight in other.weights}
    for layer in one._flatten_layers():
        if any(id(weight) in others for weight in (*layer._trainable_variables, *layer._non_trainable_variables)):
            return layer.name
    return None
