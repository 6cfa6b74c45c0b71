"""What every loss, penalty, schedule and their like share: a name, and a config that leaves nothing out."""

import inspect
from abc import ABC
from typing import Any

import keras

from kgan._support import lookup


class Configurable(ABC):  # noqa: B024  the abstract methods are its subclasses'
    """An object that is told by its constructor's arguments, each kept as an attribute of the same name.

    A subclass registers itself with `keras.saving.register_keras_serializable`, and is saved with the model from then.
    """

    @property
    def name(self) -> str:
        """The class name in snake case."""
        return lookup.snake_case(type(self).__name__)

    def get_config(self) -> dict:
        """Every constructor argument, as plain Python values."""
        return {argument: _plain(getattr(self, argument)) for argument in inspect.signature(type(self)).parameters}

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
