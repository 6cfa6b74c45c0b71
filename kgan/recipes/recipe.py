"""A recipe: networks, compile arguments, data options and how long to train, as plain data."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from kgan._game import packing
from kgan._support import limits, lookup
from kgan.models import kind as kinds
from kgan.recipes import toml_files
from kgan.recipes.changes import paths
from kgan.recipes.described import Described
from kgan.recipes.meanings import meanings
from kgan.recipes.nodes import dotted, unknown
from kgan.recipes.schema import schema
from kgan.recipes.values import Text, plain

__all__ = ["AUTO", "Recipe"]

AUTO = "auto"
_SWITCHES = ("model.pac", "model.frozen_layers", "top_k")  # settings of which most recipes say nothing
_OFF = "kgan: off, unless it is set"
_ADAM = {"name": "adam", "learning_rate": 2e-4, "beta_1": 0.5}  # as `compile` has it


@dataclass(frozen=True)
class Recipe(Described):
    """Everything that turns a data set into a compiled model, as tables of plain values.

    What is left out of a table is filled in, so that a recipe holds every setting; whatever there is no such setting
    of, or is of another type, is refused by its dotted name. A schedule is a table with its name in place of a number:
    `{"name": "cosine", "start": 1.0, "end": 0.1, "images": 100_000}`.

    Attributes:
        name: Of the recipe.
        source: Where it comes from.
        epochs: Passes over the data, at least 1.
        generator: `architecture`, the name of a function of `kgan.architectures`, and its arguments.
        discriminator: The same; empty where there are several.
        kind: What it trains: `"gan"`, `"translation"`, `"super_resolution"` or `"video_prediction"`.
        batch_size: Samples in a batch, at least 1.
        model: Arguments of the model's constructor, as `latents` and `ema_half_life`; and what its kind reads besides.
        generator_optimizer: `name`, that of a class of `keras.optimizers` in small letters, and its arguments.
            `learning_rate` may be a schedule of `keras.optimizers.schedules`, in steps, or of `kgan.schedules`, in
            images, whatever the batch size is; `beta_2` one of `kgan.schedules`, the same for both optimizers.
        discriminator_optimizer: The same.
        loss: Name of the adversarial loss, or a table of its name and arguments.
        penalties: Arguments of penalties by their names; one of strength 0 is left out.
        objectives: Arguments of objectives by their names; one of weight 0 is left out.
        callbacks: Arguments of callbacks that training needs, by their names: `progressive_growing`.
        augmentation: `None`, or a table of the name and arguments; `"translation,cutout"` and the like are short for
            policies of `kgan.augmentation.DiffAugment`.
        discriminator_steps: Steps of the discriminator to one of the generator, at least 1.
        top_k: Share of a batch that the generator learns from, the samples with the highest logits; a number in (0, 1],
            a table of a schedule, or `None` for all.
        jit_compile: As in `compile`.
        data: Arguments of the function that loads the data, as `image_size`.
        features: What metrics of samples look through: `digits`, `efficientnet-lite0`, `inception`, `inception:PATH` or
            `pixels`; `auto` for what suits the data; `None` for no metrics.
        discriminators: Several in place of one, by names of one's own, each as `discriminator` and with `loss_weight`,
            what its adversarial loss is multiplied by; for kinds that take several, as `"translation"`.
        sources: Where settings come from, by the dotted name of a setting or of a table.

    Raises:
        ValueError: if a setting is unknown, of another type or out of range; the message has its dotted name.
    """

    name: str
    source: str
    epochs: int
    generator: dict[str, Any]
    discriminator: dict[str, Any] = field(default_factory=dict)
    kind: str = "gan"
    batch_size: int = 64
    model: dict[str, Any] = field(default_factory=dict)
    generator_optimizer: dict[str, Any] = field(default_factory=_ADAM.copy)
    discriminator_optimizer: dict[str, Any] = field(default_factory=_ADAM.copy)
    loss: str | dict[str, Any] = "non_saturating"
    penalties: dict[str, dict[str, Any]] = field(default_factory=dict)
    objectives: dict[str, dict[str, Any]] = field(default_factory=dict)
    callbacks: dict[str, dict[str, Any]] = field(default_factory=dict)
    augmentation: str | dict[str, Any] | None = None
    discriminator_steps: int = 1
    top_k: float | dict[str, Any] | None = None
    jit_compile: bool | str = "auto"
    data: dict[str, Any] = field(default_factory=dict)
    features: str | None = AUTO
    discriminators: dict[str, dict[str, Any]] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.kind, str):
            raise ValueError(f"Expected kind as a word. Received: kind={limits.shortened(repr(self.kind))}.")
        resolved = schema(self.kind).resolved(plain(self.content(), ""), "")
        for name, value in resolved.items():
            object.__setattr__(self, name, value)
        _check_discriminators(self)
        _check_sources(self)
        _check_beta_2(self.generator_optimizer, self.discriminator_optimizer)
        packing.check_batch(self.batch_size, self.model.get("pac", 1))

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Recipe":
        """The recipe of which `content` returns the tables.

        Raises:
            ValueError: if the constructor refuses what it is given.
        """
        if not isinstance(content, Mapping):
            raise ValueError(f"Expected a recipe as a table. Received: {limits.shortened(repr(content))}.")
        _refuse_unknown(content)
        for name in ("name", "source", "epochs", "generator"):
            if name not in content:
                raise ValueError(f"Expected {name} to be given. Received: a recipe without it.")
        return cls(**content)

    @classmethod
    def from_toml(cls, path: "str | os.PathLike") -> "Recipe":
        """Reads a recipe from a TOML file, laid over its `base` where it names one.

        Raises:
            ValueError: if the file cannot be read, has a cycle of bases, or as the constructor.
        """
        first, *others = toml_files.layers(path)
        with toml_files.named(path):
            recipe = cls.from_dict({"source": str(path), **first})
            for layer in others:
                recipe = recipe.over(layer, f"recipe {layer['name']}")
        return recipe

    def to_toml(self, explained: bool = False) -> str:
        """All of the recipe as a TOML file that `from_toml` reads back.

        Args:
            explained: Whether each setting comes with a comment: what it means, and where its value comes from.
        """
        comments = _comments(self) if explained else {}
        return toml_files.text({name: getattr(self, name) for name in schema(self.kind).nodes}, comments)

    def meanings(self) -> dict[str, str]:
        """What each setting means, in a sentence, by its dotted name; those that nothing explains are left out."""
        kind = kinds.named(self.kind)
        described = {"": type(self), "model": kind.model, "data": kind.loader}
        return meanings(described, schema(self.kind), self.content())

    def content(self) -> dict[str, Any]:
        """Every setting, as nested tables."""
        return {one.name: getattr(self, one.name) for one in fields(self)}

    def leaves(self) -> dict[str, Any]:
        """Every setting by its dotted name, `"generator.width"`."""
        return dict(schema(self.kind).leaves(self.content(), ""))

    def source_of(self, name: str) -> str:
        """Where a setting comes from: its own source, or that of the table that it is in; empty where nothing says.

        Args:
            name: Its dotted name.
        """
        return self.sources.get(self._place_of_source(name), _OFF if name in _SWITCHES else "")

    def _place_of_source(self, name: str) -> str:
        """The setting or the table whose source it is; empty for none."""
        said = name
        while said and said not in self.sources:
            said = said.rpartition(".")[0]
        return said

    def changed(self, settings: Mapping[str, Any]) -> "Recipe":
        """The recipe with some settings changed, as `--set KEY=VALUE` does.

        Args:
            settings: Values by dotted names, by the short names of `SHORT_NAMES`, or by the last part of a dotted name
                where only one setting ends in it. A text is read as TOML, in which words need no quotes; `none` takes
                a penalty or an objective out.

        Raises:
            ValueError: if there is no such setting, or as the constructor.
        """
        content, leaves, named = self.content(), self.leaves(), []
        for name, value in settings.items():
            for path in paths(name, content, leaves):
                named.append(path)
                laid = Text(value) if isinstance(value, str) else value
                for part in reversed(path.split(".")):
                    laid = {part: laid}
                content = schema(self.kind).laid_over(content, laid)
        recipe = self._of(content, "set")
        same = {  # as it was, and yet set
            leaf: "set"
            for leaf, value in recipe.leaves().items()
            if leaf in leaves
            and leaves[leaf] == value
            and any(leaf == one or leaf.startswith(f"{one}.") for one in named)
        }
        return replace(recipe, sources={**recipe.sources, **same}) if same else recipe

    def over(self, layer: Mapping[str, Any], said: str) -> "Recipe":
        """The recipe with tables laid over its own.

        Args:
            layer: Tables that hold what differs.
            said: Where the settings come from that the layer gives no source for.

        Raises:
            ValueError: if the constructor refuses what it is given.
        """
        if layer.get("kind", self.kind) != self.kind:
            raise ValueError(
                f"Expected kind={self.kind!r}, that of the base {self.name}. Received: kind={layer['kind']!r}. "
                f"Choose another base."
            )
        layer, known = plain(layer, ""), schema(self.kind)
        given = known.nodes["sources"].resolved(layer.get("sources", {}), "sources")
        return self._of(known.laid_over(self.content(), layer), said, given)

    def _of(self, content: dict[str, Any], said: str, given: Mapping[str, str] = {}) -> "Recipe":
        """The recipe of changed content; the sources of what differs say that it does."""
        _refuse_unknown(content)
        recipe = type(self)(**{**content, "sources": {}})
        before, after = self.leaves(), recipe.leaves()
        kept = {name: text for name, text in self.sources.items() if _covers(name, after)}
        differ = {
            name: f"{said}; {self.name} has {before[name]}" if name in before else said
            for name, value in after.items()
            if name not in ("name", "source") and (name not in before or before[name] != value)
        }
        return type(self)(**{**recipe.content(), "sources": {**kept, **differ, **given}})


def _comments(recipe: Recipe) -> dict[str, str]:
    """What each setting means and where its value comes from; the source of a table stands once, below its header."""
    comments: dict[str, str] = {}
    means = recipe.meanings()
    for name in recipe.leaves():
        if name in ("name", "kind", "source"):
            continue
        place = recipe._place_of_source(name)
        tabled = place != name and toml_files.is_table(place)
        if tabled:
            comments[place] = f"Where no other source is named: {_cited(recipe.sources[place])}"
        cited = "" if tabled else _cited(recipe.source_of(name))
        comments[name] = f"{means.get(name, '')} {cited}".strip()
    return comments


def _check_discriminators(recipe: Recipe) -> None:
    """A recipe has one discriminator, or several by names, where its kind takes several."""
    if bool(recipe.discriminator) == bool(recipe.discriminators):
        received = f"discriminator and discriminators.{next(iter(recipe.discriminators), '')}"
        raise ValueError(
            f"Expected a discriminator, or several by names in discriminators. Received: "
            f"{received if recipe.discriminator else 'a recipe with neither'}. "
            f"Give one of the two; discriminator='none' takes out that of a base."
        )
    if recipe.discriminators and not kinds.named(recipe.kind).several_discriminators:
        taking = [one.name for one in kinds.KINDS.values() if one.several_discriminators]
        raise ValueError(
            f"Expected one discriminator for kind={recipe.kind!r}; {', '.join(taking)} may have several. Received: "
            f"discriminators of {', '.join(recipe.discriminators)}. Give one as discriminator."
        )


def _check_sources(recipe: Recipe) -> None:
    known = dict.fromkeys(schema(recipe.kind).names(""))  # also of what another choice would have
    several = schema(recipe.kind).nodes["discriminators"]
    known |= dict.fromkeys(several.names_within(recipe.discriminators, "discriminators"))
    for name in recipe.sources:
        if not _covers(name, known):
            raise ValueError(
                f"Expected sources of settings, by their dotted names. "
                f"Received: sources.{limits.shortened(name)!r}.{lookup.nearest(name, known)}"
            )


def _check_beta_2(*optimizers: Mapping[str, Any]) -> None:
    """A schedule of beta_2 is `compile`'s, one for both optimizers."""
    values = [optimizer.get("beta_2") for optimizer in optimizers]
    if any(isinstance(value, dict) for value in values) and values[0] != values[1]:
        raise ValueError(
            f"Expected generator_optimizer.beta_2 and discriminator_optimizer.beta_2 to follow the same schedule. "
            f"Received: {values[0]} and {values[1]}. Set beta_2, which is both."
        )


def _refuse_unknown(content: Mapping[str, Any]) -> None:
    known = dict.fromkeys(one.name for one in fields(Recipe))
    for name in content:
        if name not in known:
            raise unknown("", name, known)


def _cited(source: str) -> str:
    return f"[{source}]" if source else ""


def _covers(name: str, leaves: Mapping[str, Any]) -> bool:
    """Whether a setting, or one in a table, has that name."""
    return name in leaves or any(leaf.startswith(dotted(name, "")) for leaf in leaves)
