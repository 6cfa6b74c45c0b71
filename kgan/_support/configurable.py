"""What every loss, penalty, schedule and their like share: a name, and a config that leaves nothing out."""

import inspect
from abc import ABC
from typing import Any

import keras

from kgan._support import lookup


class Configurable(ABC):  # noqa: B024  the abstract methods are its subclasses'
    """An object that is told by its constructor's arguments, each kept as an attribute of the same name.

    A subclass registers itself with `keras.saving.register_keras_serializable`, and is saved with the model from then.
    One of whose kind a model may have several takes a `name` and hands it to `_call_it`.
    """

    _given_name: str | None = None

    @property
    def name(self) -> str:
        """The name that it was given, else the class name in snake case."""
        return self._given_name or self._default_name

    @property
    def _default_name(self) -> str:
        return lookup.snake_case(type(self).__name__)

    def _call_it(self, name: str | None) -> None:
        """Keeps a name of the user's own, which stands in the logs and in saved files.

        Raises:
            ValueError: if `name` is not letters, digits and underscores.
        """
        if name is not None and not (isinstance(name, str) and name.isidentifier()):
            raise ValueError(f"Expected name of letters, digits and underscores, as 'r1_a'. Received: name={name!r}.")
        self._given_name = name

    def get_config(self) -> dict:
        """Every constructor argument, as plain Python values."""
        config = {argument: _plain(getattr(self, argument)) for argument in inspect.signature(type(self)).parameters}
        return config | ({"name": self._given_name} if "_given_name" in vars(self) else {})

    @classmethod
    def from_config(cls, config: dict) -> "Configurable":
        """The object that `get_config` describes."""
        return cls(**deserialized(config))


def _plain(value) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return keras.saving.serialize_keras_object(value) if isinstance(value, Configurable) else value


def deserialized(config: dict, custom_objects: dict | None = None) -> dict:
    """The config with every serialized object in it, or in a list or dictionary in it, made whole again."""

    def value(entry):
        if isinstance(entry, list):
            return [value(one) for one in entry]
        if isinstance(entry, dict) and "class_name" in entry:
            return keras.saving.deserialize_keras_object(entry, custom_objects=custom_objects)
        return {key: value(one) for key, one in entry.items()} if isinstance(entry, dict) else entry

    return {key: value(entry) for key, entry in config.items()}
