"""What a model was compiled with, as far as advice depends on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kgan._support.lookup import snake_case

__all__ = ["PLAYERS", "CompiledSettings", "settings_of"]

PLAYERS = ("discriminator", "generator")
_STRENGTHS = ("gamma", "weight")  # what penalties call theirs
_CLIPS = ("clipnorm", "global_clipnorm", "clipvalue")

_OF_SAMPLES = "discriminator.batch_norm=false"  # what the recipes of each kind call it
_OF_PAIRS = "discriminator.normalization=instance"


@dataclass(frozen=True)
class CompiledSettings:
    """Settings by what a user calls them. Nothing is known of a model that none was asked of.

    Attributes:
        loss: The adversarial loss's name; empty where it is not known.
        penalties: Strengths of the penalties by their names; `None` of one that follows a schedule.
        objectives: Weights of the objectives by their names; `None` of one that follows a schedule.
        augmentation: A name; empty without.
        rates: The players' learning rates now; `None` of one that follows a schedule.
        beta_1: Of the players' optimizers that have one.
        clips: Whether both optimizers clip gradients.
        mixes_batch: Whether the discriminator has a BatchNormalization, which gradient penalties cannot do with.
        without_mixing: The setting of a recipe that leaves it out.
    """

    loss: str = ""
    penalties: Mapping[str, float | None] = field(default_factory=dict)
    objectives: Mapping[str, float | None] = field(default_factory=dict)
    augmentation: str = ""
    rates: Mapping[str, float | None] = field(default_factory=dict)
    beta_1: Mapping[str, float] = field(default_factory=dict)
    clips: bool = False
    mixes_batch: bool = False
    without_mixing: str = _OF_SAMPLES


def settings_of(model: Any) -> CompiledSettings:
    """The settings of a compiled model, its learning rates as they are now."""
    optimizers = {player: _config(getattr(model, f"{player}_optimizer")) for player in PLAYERS}
    return CompiledSettings(
        loss=_name(model.adversarial_loss),
        penalties={_name(one): _strength(one.get_config()) for one in model.penalties},
        objectives={_name(one): _strength(one.get_config()) for one in model.objectives},
        augmentation="" if model.augmentation is None else _name(model.augmentation),
        rates={player: _number(config.get("learning_rate")) for player, config in optimizers.items()},
        beta_1={
            player: float(config["beta_1"])
            for player, config in optimizers.items()
            if _number(config.get("beta_1")) is not None
        },
        clips=all(any(config.get(name) for name in _CLIPS) for config in optimizers.values()),
        mixes_batch=any(
            "BatchNormalization" in type(layer).__name__
            for network in model.discriminators.values()
            for layer in network._flatten_layers()
        ),
        without_mixing=_OF_SAMPLES if hasattr(model, "latents") else _OF_PAIRS,
    )


def _config(optimizer: Any) -> dict[str, Any]:
    """Of the optimizer itself, where one for float16 is wrapped around it."""
    return getattr(optimizer, "inner_optimizer", optimizer).get_config()


def _name(thing: Any) -> str:
    return snake_case(type(thing).__name__)


def _strength(config: Mapping[str, Any]) -> float | None:
    return next((_number(config[name]) for name in _STRENGTHS if name in config), None)


def _number(value: Any) -> float | None:
    """`None` for a schedule."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
