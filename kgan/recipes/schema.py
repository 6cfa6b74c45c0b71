"""All that a recipe may say, worked out from the constructors that take it."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

import keras

from kgan import architectures, augmentation, losses, objectives, penalties
from kgan._support import lookup
from kgan.callbacks import Pretraining, ProgressiveGrowing
from kgan.models import kind as kinds
from kgan.recipes.choices import Each, Named, Several
from kgan.recipes.nodes import Fields, Leaf
from kgan.recipes.signatures import SCHEDULES, arguments_of

__all__ = ["CALLBACKS", "LOSS_WEIGHT", "TABLES", "schema"]

LOSS_WEIGHT = "loss_weight"  # beside the architecture of one of several discriminators

TABLES = (  # those that a file writes as tables, in this order; the rest stands above them
    "generator",
    "discriminator",
    "discriminators",
    "model",
    "generator_optimizer",
    "discriminator_optimizer",
    "penalties",
    "objectives",
    "callbacks",
    "data",
    "sources",
)

CALLBACKS = {
    "pretraining": Pretraining,
    "progressive_growing": ProgressiveGrowing,
}  # those that are part of how a recipe trains
_OPTIMIZERS = {
    cls.__name__.lower(): cls
    for cls in vars(keras.optimizers).values()
    if inspect.isclass(cls)
    and issubclass(cls, keras.optimizers.Optimizer)
    and "learning_rate" in inspect.signature(cls).parameters  # those that wrap others have none of their own
    and cls is not keras.optimizers.Optimizer
}
_RATES = {
    lookup.snake_case(cls.__name__): cls
    for cls in vars(keras.optimizers.schedules).values()
    if inspect.isclass(cls) and cls is not keras.optimizers.schedules.LearningRateSchedule
}


class Sources(Leaf):
    """Where settings come from: a text for each, by its dotted name."""

    def resolved(self, value: Any, where: str) -> Any:
        if not isinstance(value, dict):
            raise ValueError(f"Expected {where} as a table of texts. Received: {where}={value!r}.")
        for name, text in value.items():
            Leaf((str,)).resolved(text, f"{where}.{name!r}")
        return value

    def laid_over(self, below: Any, above: Any) -> Any:
        return {**below, **above} if isinstance(above, dict) else above

    def leaves(self, value: Any, where: str) -> Any:
        return iter(())


@functools.cache
def schema(kind_name: str) -> Fields:
    """What a recipe of that kind may say.

    Raises:
        ValueError: if there is no such kind.
    """
    kind = kinds.named(kind_name)
    model = arguments_of(kind.model, ("latents",))
    options = {name: Leaf((list if isinstance(one, tuple) else type(one),)) for name, one in kind.options.items()}
    unsaid = {name: list(one) if isinstance(one, tuple) else one for name, one in kind.options.items()}
    text, whole = Leaf((str,)), Leaf((int,), least=1)
    optimizer = Named("an optimizer", _OPTIMIZERS, _of_optimizer, check=_check_optimizer)
    return Fields(
        {
            "name": text,
            "kind": text,
            "source": text,
            "epochs": whole,
            "batch_size": whole,
            "features": Leaf((str, type(None))),
            "loss": Named("a loss", losses.LOSSES, arguments_of, compact=True, tried=True),
            "augmentation": Named(
                "an augmentation",
                augmentation.AUGMENTATIONS,
                arguments_of,
                optional=True,
                compact=True,
                tried=True,
                spelled=_policy,
            ),
            "discriminator_steps": whole,
            "top_k": Leaf((float, type(None)), table=SCHEDULES),
            "jit_compile": Leaf((bool, str), texts=("auto",)),
            "generator": Named("an architecture", _generators(), arguments_of, key="architecture"),
            "discriminator": _discriminator(arguments_of, dispensable=True),
            "discriminators": Several("a discriminator", _discriminator(_with_weight)),
            "model": Fields({**model.nodes, **options}, {**model.defaults, **unsaid}),
            "generator_optimizer": optimizer,
            "discriminator_optimizer": optimizer,
            "penalties": Each("a penalty", penalties.PENALTIES, arguments_of),
            "objectives": Each("an objective", objectives.OBJECTIVES, arguments_of, tried=_needs_no_latents),
            "callbacks": Each("a callback", CALLBACKS, arguments_of),
            "data": arguments_of(kind.loader, ("scale", "hop")),  # which networks take from the data
            "sources": Sources((dict,)),
        }
    )


def _generators() -> dict[str, Callable]:
    found = architectures.ARCHITECTURES
    return {name: build for name, build in found.items() if not name.endswith("discriminator")}


def _discriminator(arguments: Callable[[Callable], Fields], **options: Any) -> Named:
    choices = {name: build for name, build in architectures.ARCHITECTURES.items() if name.endswith("discriminator")}
    return Named("an architecture", choices, arguments, key="architecture", **options)


@functools.cache
def _with_weight(discriminator: Callable) -> Fields:
    """The arguments of one of several, and what its adversarial loss is multiplied by."""
    found = arguments_of(discriminator)
    return Fields({**found.nodes, LOSS_WEIGHT: Leaf((float,))}, {**found.defaults, LOSS_WEIGHT: 1.0})


def _needs_no_latents(objective: Callable) -> bool:
    """Mutual information takes the model's latents, which are not known where its arguments are checked."""
    return "latents" not in inspect.signature(objective).parameters


def _policy(name: str) -> "str | dict":
    """A policy of `DiffAugment`, as `"translation,cutout"`, is short for the table of it."""
    if name in augmentation.AUGMENTATIONS:
        return name
    made = augmentation.get(name)
    return {"name": made.name, "policy": made.policy}


@functools.cache
def _of_optimizer(optimizer: Callable) -> Fields:
    """A rate may follow a schedule of Keras, in steps, or one of kgan, in images; `beta_2` one of kgan."""
    found = arguments_of(optimizer)
    rates = Named("a schedule", _RATES | SCHEDULES.choices, arguments_of, tried=True, check=_check_rate)
    special = {"learning_rate": Leaf((float,), table=rates), "beta_2": Leaf((float,), table=SCHEDULES)}
    return Fields({**found.nodes, **{name: special[name] for name in special if name in found.nodes}}, found.defaults)


def _check_rate(arguments: dict, where: str) -> None:
    for name in ("value", "start", "end"):  # of a schedule of kgan
        if arguments.get(name, 0.0) < 0.0:
            raise ValueError(f"Expected {where}.{name} >= 0. Received: {where}.{name}={arguments[name]}.")


def _check_optimizer(arguments: dict, where: str) -> None:
    clips = [name for name in ("clipnorm", "clipvalue", "global_clipnorm") if arguments.get(name) is not None]
    if len(clips) > 1:
        received = ", ".join(f"{where}.{name}={arguments[name]}" for name in clips)
        raise ValueError(f"Expected one way of clipping gradients. Received: {received}. Leave all but one out.")
