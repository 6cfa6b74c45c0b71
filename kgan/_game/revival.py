"""Whether Keras can make a network again from its config, as copying and loading need."""

import contextlib
import random
from collections.abc import Iterator

import keras

_OURS = ("keras.", "kgan.")  # whose configs are whole


def check(model: keras.Model, argument: str, because: str, instead: str) -> None:
    """Refuses a network that Keras cannot make from its config.

    Args:
        model: The network.
        argument: What the caller calls it, `"generator"`.
        because: Who needs the config, `"ema_half_life keeps a second generator"`.
        instead: What to do if it cannot be mended, `"pass ema_half_life=None"`.

    Raises:
        TypeError: if it, or a layer in it, cannot be made from its config.
    """
    found = not_made_again(model)
    if found:
        name, reason = found
        raise TypeError(
            f"Expected {argument} that Keras can make from its config, because {because}. Received: {model.name!r} "
            f"with the class {name}, for which Keras says: {reason} Write {name}.get_config, which returns the "
            f"arguments of __init__ beside super().get_config(), and let __init__(self, ..., **kwargs) pass kwargs to "
            f"super().__init__(**kwargs); or {instead}."
        )


def not_made_again(model: keras.Model) -> tuple[str, str] | None:
    """A class in a network that Keras cannot make from its config, with the first sentence of why; `None` for none.

    A class that is neither Keras's nor kgan's is tried, without its weights. What such a class makes in its own
    `__init__` needs no config, so that it is not looked into.
    """
    for layer in _configured(model):
        if type(layer).__module__.startswith(_OURS):
            continue
        try:
            with _draws_left_alone():
                type(layer).from_config(layer.get_config())
        except (TypeError, ValueError, NotImplementedError) as error:
            return type(layer).__name__, _first_sentence(error)
    return None


def classes_of(model: keras.Model) -> dict[str, type]:
    """The classes of a network that are neither Keras's nor kgan's, by name, for `keras.saving.custom_object_scope`."""
    kinds = {type(layer) for layer in model._flatten_layers()}
    return {one.__name__: one for one in kinds if not one.__module__.startswith(_OURS)}


def _configured(layer: keras.layers.Layer) -> Iterator[keras.layers.Layer]:
    """The layers whose configs are in that of a network."""
    yield layer
    if type(layer).__module__.startswith(_OURS):
        for inner in layer._layers:
            yield from _configured(inner)


@contextlib.contextmanager
def _draws_left_alone() -> Iterator[None]:
    """Within it Keras may draw seeds for initializers, and later ones are as if it had not."""
    state = random.getstate()
    try:
        yield
    finally:
        random.setstate(state)


def _first_sentence(error: Exception) -> str:
    cause = error.__cause__ or error.__context__ or error  # Keras wraps the constructor's own error into a page of text
    text = " ".join(str(cause).split()).split(". ")[0].removesuffix(".")
    return f"{text}."
