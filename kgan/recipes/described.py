"""What a recipe describes, as networks, arguments and a compiled model."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import keras

from kgan.data.splits import Splits
from kgan.models import kind as kinds
from kgan.recipes import objects
from kgan.recipes.schema import schema

__all__ = ["Described"]


class Described(ABC):
    """What a `kgan.recipes.Recipe` describes; its tables are the recipe's."""

    kind: str
    batch_size: int
    data: dict[str, Any]
    model: dict[str, Any]

    @abstractmethod
    def content(self) -> Mapping[str, Any]:
        """Every setting, as nested tables."""

    def network(self, side: str, **derived: Any) -> keras.Model:
        """The generator or the discriminator.

        Args:
            side: `"generator"` or `"discriminator"`.
            **derived: What follows from the data, as `sample_shape`, `num_classes` and `seed`; those that the function
                takes are passed to it, `sample_shape` also as `shape`.

        Raises:
            ValueError: if the network cannot be built for such data.
        """
        return objects.network(schema(self.kind), self.content(), side, derived)

    def discriminator_networks(self, **derived: Any) -> "keras.Model | dict[str, keras.Model]":
        """The discriminator, or, where the recipe has several, each by its name.

        Args:
            **derived: What follows from the data, as for `network`; each of several begins with weights of its own.

        Raises:
            ValueError: if one cannot be built for such data.
        """
        return objects.discriminators(schema(self.kind), self.content(), derived)

    def model_arguments(self) -> dict[str, Any]:
        """Arguments of the model's constructor, but for networks and what follows from the data."""
        made = schema(self.kind).nodes["model"].made(self.model)
        return {name: value for name, value in made.items() if name not in kinds.named(self.kind).options}

    def compile_arguments(self, **derived: Any) -> dict[str, Any]:
        """Arguments of `compile`, but for the metrics; optimizers, penalties and the rest are made anew.

        Args:
            **derived: What follows from the data, as `sample_rate`; an objective is passed what it takes of it.
        """
        return objects.compile_arguments(schema(self.kind), self.content(), derived)

    def fit_callbacks(self, **derived: Any) -> list[keras.callbacks.Callback]:
        """The callbacks that it trains with, made anew, to come first in the list that `fit` is given; often none.

        Args:
            **derived: What they are given besides, where they take it: `say`.
        """
        return objects.callbacks(schema(self.kind), self.content(), **derived)

    def build(self, data: Any, seed: int = 0, metrics: Sequence[keras.metrics.Metric] = ()) -> keras.Model:
        """A compiled model with fresh weights.

        Args:
            data: What `kgan.data.load` returns for this kind of model, or what it is given.
            seed: Of the weights and of every draw in training.
            metrics: What `evaluate` works out, and `fit` on its validation data.

        Raises:
            DataError: if the data cannot be loaded.
            ValueError: if the networks cannot be built for this data, or a setting is out of range.
        """
        kind = kinds.named(self.kind)
        splits = data if isinstance(data, Splits) else kind.load(data, self.batch_size, self.data, seed, strict=False)
        return kind.build(self, splits, seed, metrics)
