"""How one game is played: what `compile` works out of penalties, objectives and augmentation, and what it refuses."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import keras

from kgan import augmentation as augmentations
from kgan import objectives, penalties
from kgan._game import networks, twice_differentiable
from kgan._game.batch_mixing import may_mix, mixing_layer


@dataclass(frozen=True)
class Rules:
    """The rules of one game.

    A plain object, because Keras would track models and variables that it found in attributes of the model itself.

    Attributes:
        penalties: All of them.
        objectives: All of them.
        augmentation: `None` for none.
        view: The discriminator, with the outputs that objectives read.
        concatenate: Whether reals and generated may share a pass.
        memory: Variables of penalties and augmentation, by the name of their owner and their own.
    """

    penalties: list[penalties.Penalty]
    objectives: list[objectives.Objective]
    augmentation: augmentations.Augmentation | None
    view: keras.Model
    concatenate: bool
    memory: dict[str, dict[str, keras.Variable]]

    @classmethod
    def of(
        cls,
        discriminator: keras.Model,
        penalty_identifiers: "str | penalties.Penalty | Sequence",
        objective_identifiers: "str | objectives.Objective | Sequence",
        augmentation_identifier: "str | augmentations.Augmentation | None",
    ) -> "Rules":
        """The rules of a game that this discriminator plays.

        Raises:
            ValueError: A name is unknown or comes twice, the discriminator cannot be differentiated as a penalty needs,
                or its outputs are not those that the objectives read.
        """
        paid = _each_once("penalties", penalty_identifiers, penalties.get)
        pursued = _each_once("objectives", objective_identifiers, objectives.get)
        augmentation = None if augmentation_identifier is None else augmentations.get(augmentation_identifier)
        slopes = [penalty.name for penalty in paid if penalty.differentiates]
        if slopes:
            _check_slopes(discriminator, ", ".join(slopes))
        return cls(
            penalties=paid,
            objectives=pursued,
            augmentation=augmentation,
            view=_view(discriminator, [*pursued, *paid]),
            concatenate=not may_mix(discriminator),
            memory={one.name: _variables(one.remembers) for one in (*paid, augmentation) if one and one.remembers},
        )

    @property
    def at_once(self) -> list[penalties.Penalty]:
        """The penalties of every step."""
        return [penalty for penalty in self.penalties if penalty.every == 1]

    @property
    def lazy(self) -> dict[int, list[penalties.Penalty]]:
        """The other penalties, by how many steps lie between."""
        lazy: dict[int, list[penalties.Penalty]] = {}
        for penalty in self.penalties:
            if penalty.every > 1:
                lazy.setdefault(penalty.every, []).append(penalty)
        return lazy

    @property
    def correction(self) -> float:
        """The `c = k / (k + 1)` of lazy penalties, for any number of them: ordinary updates as a share of all."""
        return 1.0 / (1.0 + sum(1.0 / every for every in self.lazy))

    def augmentation_strength(self, images_seen):
        """The augmentation's strength after so many images."""
        return self.augmentation.strength(self._augmentation_memory, images_seen)

    def adjust_augmentation(self, margins) -> None:
        """Tells the augmentation how far above the threshold the discriminator's logits of the reals lie."""
        self.augmentation.adjust(self._augmentation_memory, margins)

    @property
    def _augmentation_memory(self) -> Mapping[str, keras.Variable]:
        return self.memory.get(self.augmentation.name, {})

    def remembered(self) -> dict[str, keras.Variable]:
        """Every variable of `memory` by one name."""
        return {f"memory.{owner}.{key}": one for owner, kept in self.memory.items() for key, one in kept.items()}


def _variables(start: Mapping[str, float]) -> dict[str, keras.Variable]:
    return {
        # On several replicas, what each of them assigns becomes the mean over all.
        key: keras.Variable(float(value), trainable=False, dtype="float32", name=key, aggregation="mean")
        for key, value in start.items()
    }


def _each_once(argument: str, identifiers, get: Callable) -> list:
    if isinstance(identifiers, str) or not isinstance(identifiers, Iterable):
        identifiers = [identifiers]
    found = [get(identifier) for identifier in identifiers]
    names = [one.name for one in found]
    if len(set(names)) < len(names):
        raise ValueError(f"Expected each of the {argument} once. Received: {argument}={names}. Add up their strengths.")
    return found


def _check_slopes(discriminator: keras.Model, names: str) -> None:
    """Refuses a discriminator whose input gradients a penalty cannot be made of."""
    mixing = mixing_layer(discriminator)
    if mixing is not None:
        raise ValueError(
            f"Expected a discriminator whose logits depend on their own sample only, because {names} "
            f"differentiates each by its own input. Received: {discriminator.name!r}, whose layer {mixing!r} "
            f"mixes the batch. Replace it (LayerNormalization for BatchNormalization, say), or drop the penalty."
        )
    once = twice_differentiable.layer_without_second_derivative(discriminator)
    if once is not None:
        raise ValueError(
            f"Expected layers that can be differentiated twice, because {names} differentiates a gradient. "
            f"Received: {discriminator.name!r}, whose layer {once!r} TensorFlow differentiates once only. Replace it "
            f"(kgan.layers.Downsample2D or AveragePooling2D for resizing, say), or drop the penalty."
        )


def _view(discriminator: keras.Model, readers: Sequence[objectives.Objective | penalties.Penalty]) -> keras.Model:
    """The discriminator with every output that an objective or a penalty reads, and none that none does."""
    read = {name for one in readers for name in one.outputs}
    view = networks.with_outputs(discriminator, read)
    unread = set(output_shapes(view)) - {"logits"} - read
    if unread:
        raise ValueError(
            f"Expected an objective for each output of the discriminator but its logits, or it would never learn. "
            f"Received: none that reads {', '.join(sorted(unread))}. Pass objectives=['auxiliary_classifier'], say; "
            f"one of your own names what it reads in `outputs`."
        )
    return view


def output_shapes(view: keras.Model) -> dict[str, tuple]:
    """The shapes of the view's outputs by name."""
    return networks.output_shapes(view, networks.input_shapes(view, "discriminator"))
