"""Which recipe suits the data and the machine, by rules that are written down here, each with its source.

`kgan train photos/` without `--recipe` goes by them. What was measured with kgan is said to be; the rest is taken from
the papers and is a start, not a promise.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from kgan.recipes.recipe import Recipe
from kgan.recipes.registry import get

__all__ = ["FEWEST", "Facts", "Suited", "suited"]

FEWEST = 100  # pictures; no paper shows a GAN that begins from nothing on fewer
_SIZES = (32, 64, 128, 256)  # what pictures are brought to
_MANY_CORES = 16
_MANY = 5_000  # pictures, for large networks
_R3GAN, _ADA, _DIFF_AUGMENT = "arXiv:2501.05441", "arXiv:2006.06676", "arXiv:2006.10738"
_LABELS = "arXiv:2201.06578"
# R3GAN has 1 for Stacked MNIST at 28 pixels, and 0.05 for CIFAR-10 at 32. Up to 32 pixels it is 1, with which kgan's
# recipe was measured on digits; pictures in colour of that size were not measured with either.
_GAMMAS = ((32, 1.0), (64, 2.0), (256, 150.0))  # of R1 and R2 by the side, where R3GAN's schedules begin
_AUGMENTED = ((10_000, "color,translation,cutout"), (60_000, "translation,cutout"))  # up to so many pictures
_FEWEST_OF_A_CLASS = 50
_SHOWN_ON_CPU, _SHOWN_ON_GPU = 400_000, 2_000_000  # pictures, in the whole training
_EPOCHS = (10, 1_000)
_CHOSEN = "kgan chose it: "


@dataclass(frozen=True)
class Facts:
    """What the rules look at.

    Attributes:
        size: `(height, width)` that most pictures have.
        channels: Of the pictures as they will be read.
        alike: Whether all have that size.
        count: How many there are; `None` where nobody can say before they are read.
        classes: Pictures of each class; empty for none. `None` stands for a number that nobody can say.
        tags: How many tags a picture may have.
        cores: Of the processor.
        gpu: Whether there is a GPU that TensorFlow sees.
        asked_size: `(height, width)` that the user asked for.
    """

    size: tuple[int, int]
    channels: int
    alike: bool = True
    count: int | None = None
    classes: Mapping[str, int | None] = field(default_factory=dict)
    tags: int = 0
    cores: int = 2
    gpu: bool = False
    asked_size: tuple[int, int] | None = None


@dataclass(frozen=True)
class Suited:
    """What the rules come to.

    Attributes:
        recipe: With what they change; `recipe.source_of` says why.
        lines: What was picked and why, three lines.
        warnings: What the data are too few for, a line each.
    """

    recipe: Recipe
    lines: tuple[str, ...]
    warnings: tuple[str, ...] = ()


def suited(facts: Facts, settings: Mapping[str, Any] = MappingProxyType({})) -> Suited:
    """The recipe for such data on such a machine.

    Args:
        facts: Of both.
        settings: What is set otherwise, laid over what the rules come to; as `Recipe.changed` takes them.

    Examples:
        >>> found = kgan.recipes.suited(kgan.recipes.Facts((300, 333), 3, alike=False, count=1_500))
        >>> found.recipe.name, found.recipe.data["image_size"], found.recipe.epochs
        ('pictures', 64, 267)
        >>> found.recipe.source_of("augmentation")
        'kgan chose it: fewer than 10,000 pictures, arXiv:2006.10738'

    Raises:
        ValueError: if the recipe has no such setting, or one is out of range.
    """
    size, why_size = _size(facts)
    base = get(_family(facts, size))
    changes: dict[str, tuple[Any, str]] = {}
    if facts.asked_size is None:
        changes["data.image_size"] = (size[0] if why_size else "none", why_size or "all are of this size")
    width = _width(facts)
    if base.name != "stylegan2" and width != base.generator["width"]:
        changes["generator.width"] = changes["discriminator.width"] = (width, f"room for it on {_machine(facts)}")
    if base.name == "pictures":
        changes |= _penalised(size) | _augmented(facts)
    elif base.name == "stylegan2":
        changes |= _augmented(facts)
    changes |= _paced(facts, base.batch_size)
    few = [name for name, count in facts.classes.items() if count is not None and count < _FEWEST_OF_A_CLASS]
    if 2 * len(few) > len(facts.classes):
        why = f"fewer than {_FEWEST_OF_A_CLASS} pictures in {len(few)} of {len(facts.classes)} classes, {_LABELS}"
        changes["model.conditional"] = (False, why)
    if base.name == "stylegan2":
        batch_size = _changed(base, changes).changed(settings).batch_size
        gamma = float(f"{2e-4 * size[0] * size[1] / batch_size:.2g}")
        changes["penalties.r1.gamma"] = (gamma, f"0.0002 of the pixels over the batch, {_ADA}, appendix C")
    recipe = _changed(base, changes).changed(settings)
    return Suited(recipe, _lines(facts, recipe, size), _warnings(facts, size))


def _size(facts: Facts) -> tuple[tuple[int, int], str]:
    """`(height, width)` to train at, and why it is not the pictures' own; empty where it is."""
    if facts.asked_size is not None:
        return facts.asked_size, ""
    most = 64 if not facts.gpu else 128 if (facts.count or 0) < _MANY else 256
    if facts.alike and max(facts.size) <= most:
        return facts.size, ""
    side = max(one for one in _SIZES if one <= most and (one <= min(facts.size) or one == _SIZES[0]))
    why = f"the most for {_machine(facts)}"
    if side < most:
        why = f"most are {facts.size[1]} x {facts.size[0]}"
    return (side, side), why


def _width(facts: Facts) -> int:
    return 64 if facts.gpu or facts.cores >= _MANY_CORES else 32


def _family(facts: Facts, size: tuple[int, int]) -> str:
    """The name of the recipe."""
    if facts.channels == 1 and max(size) <= 32:
        return "digits"
    large = min(size) >= 128 and all(side % 2 ** int(math.log2(side / 4)) == 0 for side in size)
    return "stylegan2" if facts.gpu and large and (facts.count or 0) >= _MANY else "pictures"


def _penalised(size: tuple[int, int]) -> dict[str, tuple[Any, str]]:
    """Gamma of both penalties."""
    why = f"R3GAN begins with 1 at 28 pixels, 0.05 on CIFAR-10, 2 at 64, 150 at 256, {_R3GAN}"
    return {f"penalties.{name}.gamma": (_gamma(max(size)), why) for name in ("r1", "r2")}


def _augmented(facts: Facts) -> dict[str, tuple[Any, str]]:
    """What the discriminator sees in place of the pictures."""
    for most, policy in _AUGMENTED if facts.count is not None else ():
        if facts.count < most:
            if facts.channels != 3:
                policy = policy.removeprefix("color,")  # brightness and saturation are those of colours
            return {"augmentation": (policy, f"fewer than {most:,} pictures, {_DIFF_AUGMENT}")}
    if facts.count is None:
        return {}
    return {"augmentation": ("none", f"{_AUGMENTED[-1][0]:,} pictures or more, {_DIFF_AUGMENT}")}


def _gamma(side: int) -> float:
    """On the line between the two published ones beside it, both axes logarithmic; to two digits."""
    sides, gammas = np.log(list(zip(*_GAMMAS, strict=True)))
    return float(f"{math.exp(np.interp(math.log(side), sides, gammas)):.2g}")


def _paced(facts: Facts, batch_size: int) -> dict[str, tuple[Any, str]]:
    """Batch size and epochs."""
    if facts.count is None:
        return {}
    changes: dict[str, tuple[Any, str]] = {}
    while batch_size > 8 and facts.count < 10 * batch_size:
        batch_size //= 2
        changes["batch_size"] = (batch_size, "some ten steps an epoch")
    shown = _SHOWN_ON_GPU if facts.gpu else _SHOWN_ON_CPU
    epochs = min(max(math.ceil(shown / max(facts.count, 1)), _EPOCHS[0]), _EPOCHS[1])
    changes["epochs"] = (epochs, f"{epochs * facts.count:,} pictures shown in all")
    return changes


def _changed(base: Recipe, changes: Mapping[str, tuple[Any, str]]) -> Recipe:
    layer: dict[str, Any] = {}
    for name, (value, _) in changes.items():
        table = layer
        *parts, last = name.split(".")
        for part in parts:
            table = table.setdefault(part, {})
        table[last] = value
    layer["sources"] = {name: f"{_CHOSEN}{why}" for name, (_, why) in changes.items()}
    return base.over(layer, _CHOSEN.strip(": "))


def _lines(facts: Facts, recipe: Recipe, size: tuple[int, int]) -> tuple[str, ...]:
    """What was picked, and why, for a terminal."""

    def why(name: str) -> str:
        source = recipe.source_of(name)
        return "as set" if source.partition(";")[0] == "set" else source.removeprefix(_CHOSEN)

    count = "Pictures" if facts.count is None else f"{facts.count:,} pictures"
    channels = {1: "in grey", 3: "in colour"}.get(facts.channels, f"of {facts.channels} channels")
    networks = f"networks {recipe.generator['architecture'].partition('_')[0]}"
    if "width" in recipe.generator:
        networks += f" of width {recipe.generator['width']}"
    if not facts.classes and not facts.tags:
        labels = "no labels"
    elif recipe.model["conditional"]:
        labels = f"conditional on {facts.tags} tags" if facts.tags else f"conditional on {len(facts.classes)} classes"
    else:
        labels = f"without the labels ({why('model.conditional')})"
    pixels = f"{size[1]} x {size[0]} pixels" + (f" ({why('data.image_size')})" if facts.asked_size is None else "")
    augmented = recipe.augmentation
    policy = augmented.get("policy", augmented["name"]) if isinstance(augmented, dict) else augmented or "none"
    gamma = recipe.penalties.get("r1", {}).get("gamma", 0.0)
    strength = f"{gamma:g}" if isinstance(gamma, float) else "on a schedule"
    return (
        f"{count} {channels}, {_machine(facts)}: recipe {recipe.name}, {networks}, {labels}; {pixels}.",
        f"Gamma of R1 {strength} ({why('penalties.r1.gamma')}); augmentation {policy} ({why('augmentation')}).",
        f"{recipe.epochs:,} epochs ({why('epochs')}) in batches of {recipe.batch_size}. "
        f"To choose otherwise: kgan train DATA --recipe, --image-size, --set.",
    )


def _machine(facts: Facts) -> str:
    return "a GPU" if facts.gpu else f"{facts.cores} core{'s' if facts.cores > 1 else ''} without a GPU"


def _warnings(facts: Facts, size: tuple[int, int]) -> tuple[str, ...]:
    """What the data are too few for."""
    if facts.count is None:
        return ()
    if facts.count < FEWEST:
        return (
            f"{facts.count} pictures are few: no paper begins from nothing with less than {FEWEST} ({_DIFF_AUGMENT}). "
            f"Expect copies of them; gather more, or begin with the weights of another run, init_from=RUN.",
        )
    if max(size) >= 128 and facts.count < 1_000:
        return (
            f"{facts.count} pictures are few for {size[1]} x {size[0]} pixels: papers that train so begin from a "
            f"network of many more, or take a GPU for a day ({_DIFF_AUGMENT}). image_size=64 asks less of them.",
        )
    return ()
