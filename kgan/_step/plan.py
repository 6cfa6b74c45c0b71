"""What `compile` works out of penalties, objectives and augmentation before the first step, and what it refuses."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import keras
import tensorflow as tf

from kgan import augmentation as augmentations
from kgan import objectives, penalties
from kgan._game import networks, twice_differentiable
from kgan._game.batch_mixing import may_mix, mixing_layer
from kgan._support import lookup

Penalties = "str | penalties.Penalty | Sequence[str | penalties.Penalty] | None"


@dataclass(frozen=True)
class DiscriminatorPlan:
    """How one discriminator is run and updated.

    Attributes:
        weight: What its adversarial loss is multiplied by, in both sides' losses.
        view: The discriminator, with the outputs that objectives and penalties read.
        concatenate: Whether reals and generated may share a pass.
        penalties: Added to its loss.
        memory: Variables of its penalties, by the name of their owner and their own.
    """

    weight: float
    view: keras.Model
    concatenate: bool
    penalties: list[penalties.Penalty]
    memory: dict[str, dict[str, keras.Variable]]

    @property
    def every_step(self) -> list[penalties.Penalty]:
        """The penalties of every step."""
        return [penalty for penalty in self.penalties if penalty.every == 1]

    def lazy(self, every: int) -> list[penalties.Penalty]:
        """The penalties that are applied at every so many steps."""
        return [penalty for penalty in self.penalties if penalty.every == every]

    @property
    def is_differentiated(self) -> bool:
        """Whether a penalty is made of its input gradients."""
        return any(penalty.differentiates for penalty in self.penalties)

    def check_not_mixing(self) -> None:
        """Refuses a discriminator that mixes the batch, where a penalty differentiates it.

        Raises:
            ValueError: if one of its layers does, perhaps only since it was set free.
        """
        _check_not_mixing(self.view, self.penalties)


@dataclass(frozen=True)
class StepPlan:
    """What a step is made of.

    A plain object, because Keras would track models and variables that it found in attributes of the model itself.

    Attributes:
        discriminators: By name.
        objectives: Added to the losses of one side or both.
        augmentation: What discriminators see of samples; `None` for the samples themselves.
        augmentation_memory: Variables of the augmentation, by name.
        objective_memory: Variables of the objectives, by the name of their owner and their own.
        objective_networks: Networks of the objectives, by the name of their owner and their own.
    """

    discriminators: dict[str, DiscriminatorPlan]
    objectives: list[objectives.Objective]
    augmentation: augmentations.Augmentation | None
    augmentation_memory: dict[str, keras.Variable]
    objective_memory: dict[str, dict[str, keras.Variable]]
    objective_networks: dict[str, dict[str, keras.Model]] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        discriminators: Mapping[str, keras.Model],
        penalty_identifiers: "Penalties | Mapping[str, Penalties]",
        objective_identifiers: "str | objectives.Objective | Sequence[str | objectives.Objective] | None",
        augmentation_identifier: "str | augmentations.Augmentation | None",
        weights: Mapping[str, float],
    ) -> "StepPlan":
        """The plan for these discriminators.

        Raises:
            ValueError: if a name is unknown or comes twice, a discriminator cannot be differentiated as a penalty
                needs, or its outputs are not those that the objectives read.
        """
        applied = _by_discriminator(penalty_identifiers, discriminators)
        pursued = _each_once("objectives", objective_identifiers, objectives.get)
        augmentation = None if augmentation_identifier is None else augmentations.get(augmentation_identifier)
        if not isinstance(weights, Mapping):
            raise ValueError(
                f"Expected loss_weights as a dictionary of numbers by the names of discriminators, "
                f"{', '.join(map(repr, discriminators))}. Received: loss_weights={weights!r}."
            )
        lookup.check_known("loss_weights", weights, discriminators)
        _check_readers(pursued, discriminators)
        _check_lazy(pursued)
        plans = {}
        for name, discriminator in discriminators.items():
            _check_not_mixing(discriminator, applied[name])
            _check_twice_differentiable(discriminator, applied[name])
            readers = [*(one for one in pursued if one.discriminator in (None, name)), *applied[name]]
            plans[name] = DiscriminatorPlan(
                weight=_weight(name, weights.get(name, 1.0)),
                view=_view(discriminator, readers),
                concatenate=not may_mix(discriminator),
                penalties=applied[name],
                memory={one.name: _variables(one.remembers) for one in applied[name] if one.remembers},
            )
        remembered = {} if augmentation is None else _variables(augmentation.remembers)
        of_objectives = {one.name: _variables(one.remembers) for one in pursued if one.remembers}
        return cls(plans, pursued, augmentation, remembered, of_objectives)

    def with_networks(self, model: keras.Model) -> "StepPlan":
        """The plan with the networks that objectives bring, with fresh weights.

        Raises:
            ValueError: if an objective that brings some is lazy, or one of the discriminator.
        """
        found = {one.name: dict(one.own_networks(model)) for one in self.objectives}
        found = {name: networks for name, networks in found.items() if networks}
        for one in self.objectives:
            if one.name in found and (one.every > 1 or one.players != ("generator",)):
                raise ValueError(
                    f"Expected an objective of the generator alone, with every=1, to bring networks of its own. "
                    f"Received: {one.name!r}, of {' and '.join(one.players)}, with every={one.every}."
                )
        return replace(self, objective_networks=found)

    @property
    def own_networks(self) -> list[keras.Model]:
        """The networks of all objectives."""
        return [network for networks in self.objective_networks.values() for network in networks.values()]

    @property
    def own_weights(self) -> list[keras.Variable]:
        """What of them learns with the generator."""
        return [weight for network in self.own_networks for weight in network.trainable_variables]

    @property
    def penalties(self) -> list[penalties.Penalty]:
        """Of all discriminators, each once."""
        return list({id(one): one for plan in self.discriminators.values() for one in plan.penalties}.values())

    @property
    def intervals(self) -> list[int]:
        """The steps between two applications of lazy penalties, each once."""
        return list(dict.fromkeys(penalty.every for penalty in self.penalties if penalty.every > 1))

    @property
    def correction(self) -> float:
        """The `c = k / (k + 1)` of lazy penalties, for any number of them: ordinary updates as a share of all."""
        return 1.0 / (1.0 + sum(1.0 / every for every in self.intervals))

    @property
    def generator_intervals(self) -> list[int]:
        """The generator's updates between two applications of lazy objectives, each once."""
        return list(dict.fromkeys(one.every for one in self.objectives if one.every > 1))

    @property
    def generator_correction(self) -> float:
        """`correction` for the generator's optimizer, of lazy objectives."""
        return 1.0 / (1.0 + sum(1.0 / every for every in self.generator_intervals))

    def augmentation_strength(self, images_seen):
        """The augmentation's strength after so many images."""
        return self.augmentation.strength(self.augmentation_memory, images_seen)

    def adjust_augmentation(self, margins: Sequence[tf.Tensor]) -> None:
        """Tells the augmentation how far above the threshold the discriminators' logits of the reals lie."""
        joined = margins[0] if len(margins) == 1 else tf.concat([tf.reshape(one, [-1]) for one in margins], axis=0)
        self.augmentation.adjust(self.augmentation_memory, joined)

    def remembered(self) -> dict[str, keras.Variable]:
        """Every variable of penalties and augmentation, and every weight of a network of an objective, by one name."""
        several = len(self.discriminators) > 1
        found = {}
        for name, plan in self.discriminators.items():
            for owner, kept in plan.memory.items():
                prefix = f"memory.{name}.{owner}" if several else f"memory.{owner}"
                found |= {f"{prefix}.{key}": one for key, one in kept.items()}
        if self.augmentation is not None:
            found |= {f"memory.{self.augmentation.name}.{key}": one for key, one in self.augmentation_memory.items()}
        for owner, kept in self.objective_memory.items():
            found |= {f"memory.objectives.{owner}.{key}": one for key, one in kept.items()}
        return found | self._weights_by_value()

    def _weights_by_value(self) -> dict[str, keras.Variable]:
        own = {
            f"own.{owner}.{name}.{number}": weight
            for owner, networks in self.objective_networks.items()
            for name, network in networks.items()
            for number, weight in enumerate(network.weights)
        }
        return own | {
            f"frozen.{one.name}.{network}.{number}": weight
            for one in self.objectives
            if one.saved_by == "value"
            for network, model in one.frozen.items()
            for number, weight in enumerate(model.weights)
        }


def _check_readers(pursued: Sequence[objectives.Objective], discriminators: Mapping[str, keras.Model]) -> None:
    """Refuses an objective that reads outputs of the discriminator where there are several, and names none."""
    for one in pursued:
        if one.outputs and one.discriminator is None and len(discriminators) > 1:
            raise ValueError(
                f"Expected one discriminator for {one.name!r}, which reads its {', '.join(map(repr, one.outputs))}. "
                f"Received: {', '.join(map(repr, discriminators))}. Write a kgan.objectives.Objective whose attribute "
                f"`discriminator` names the one that it reads."
            )


def check_packs(pursued: Sequence[objectives.Objective], pac: int) -> None:
    """Refuses an objective that wants an output of the discriminator for each sample, where it sees packs of them.

    Raises:
        ValueError: if there is one.
    """
    for one in pursued:
        if pac > 1 and one.outputs and not one.reads_packs:
            raise ValueError(
                f"Expected objectives that read the discriminator's outputs for packs of pac={pac} samples. Received: "
                f"{one.name!r}, which reads {', '.join(map(repr, one.outputs))} of each sample. Drop it, or pass pac=1."
            )


def _check_lazy(pursued: Sequence[objectives.Objective]) -> None:
    """Refuses a lazy objective of the discriminator, whose lazy updates are those of penalties, or of a step's outputs.

    An update of its own has no outputs: it runs neither the generator on the batch nor a discriminator.
    """
    for one in pursued:
        if one.every > 1 and "discriminator" in one.players:
            raise ValueError(
                f"Expected every=1 for {one.name!r}, an objective of the discriminator too. "
                f"Received: every={one.every}. Write a kgan.penalties.Penalty for what the discriminator pays lazily."
            )
        if one.every > 1 and (one.outputs or one.generator_outputs or one.sees_reals):
            read = [*one.outputs, *one.generator_outputs, *(["real_outputs"] if one.sees_reals else [])]
            raise ValueError(
                f"Expected every=1 for {one.name!r}, which reads {', '.join(map(repr, read))}: lazy updates run "
                f"neither the generator on the batch nor a discriminator. Received: every={one.every}. Call "
                f"step.generate instead, or pass every=1."
            )


def _weight(name: str, weight: float) -> float:
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not weight >= 0.0:
        raise ValueError(f"Expected loss_weights as numbers >= 0. Received: {weight!r} for the discriminator {name!r}.")
    return float(weight)


def _variables(start: Mapping[str, float]) -> dict[str, keras.Variable]:
    return {
        # On several replicas, what each of them assigns becomes the mean over all.
        key: keras.Variable(float(value), trainable=False, dtype="float32", name=key, aggregation="mean")
        for key, value in start.items()
    }


def _by_discriminator(identifiers, discriminators: Mapping[str, keras.Model]) -> dict[str, list[penalties.Penalty]]:
    """The penalties of each discriminator: a dictionary says whose, anything else is for all."""
    if not isinstance(identifiers, Mapping) or "class_name" in identifiers:  # which is the config of one
        found = _each_once("penalties", identifiers, penalties.get)
        return {name: found for name in discriminators}
    lookup.check_known("penalties", identifiers, discriminators)
    return {name: _each_once("penalties", identifiers.get(name, ()), penalties.get) for name in discriminators}


def _each_once(argument: str, identifiers, get: Callable) -> list:
    if identifiers is None:
        return []
    if isinstance(identifiers, str | Mapping) or not isinstance(identifiers, Iterable):
        identifiers = [identifiers]
    found = [get(identifier) for identifier in identifiers]
    names = [one.name for one in found]
    twice = next((one for one in found if names.count(one.name) > 1), None)
    if twice is not None:
        raise ValueError(
            f"Expected each of the {argument} once, or under names of their own. Received: {argument}={names}. Add up "
            f"their strengths, or tell them apart: {type(twice).__name__}(..., name='{twice.name}_a')."
        )
    return found


def _differentiating(applied: Sequence[penalties.Penalty]) -> str:
    """The names of the penalties that are made of input gradients."""
    return ", ".join(penalty.name for penalty in applied if penalty.differentiates)


def _check_not_mixing(discriminator: keras.Model, applied: Sequence[penalties.Penalty]) -> None:
    names = _differentiating(applied)
    mixing = mixing_layer(discriminator) if names else None
    if mixing is not None:
        raise ValueError(
            f"Expected a discriminator whose logits depend on their own sample only, because {names} "
            f"differentiates each by its own input. Received: {discriminator.name!r}, whose layer {mixing!r} "
            f"mixes the batch. Replace it (LayerNormalization for BatchNormalization, say), freeze a "
            f"BatchNormalization that was trained before (layer.trainable = False), or drop the penalty."
        )


def _check_twice_differentiable(discriminator: keras.Model, applied: Sequence[penalties.Penalty]) -> None:
    names = _differentiating(applied)
    once = twice_differentiable.layer_without_second_derivative(discriminator) if names else None
    if once is not None:
        raise ValueError(
            f"Expected layers that can be differentiated twice, because {names} differentiates a gradient. "
            f"Received: {discriminator.name!r}, whose layer {once!r} TensorFlow differentiates once only. Replace it "
            f"(kgan.layers.Downsample2D or AveragePooling2D for resizing, say), or drop the penalty."
        )


def _view(discriminator: keras.Model, readers: Sequence[objectives.Objective | penalties.Penalty]) -> keras.Model:
    """The discriminator with every output that an objective or a penalty reads, and none that none does."""
    read = {
        name
        for one in readers
        for name in (one.outputs_of(discriminator) if isinstance(one, objectives.Objective) else one.outputs)
    }
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
