"""Everything needed to repeat a run."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kgan import data, recipes
from kgan._support import json_documents, limits
from kgan._support.checks import whole
from kgan.architectures import dcgan, sizes
from kgan.data import missing, two_places
from kgan.data.loading import check_pictures, check_request, takes_time
from kgan.data.resizing import parse_size
from kgan.data.values import parse_range
from kgan.models import kind as kinds
from kgan.recipes import flat
from kgan.run import choice, suiting

__all__ = ["Plan"]

_DOUBLE = ("stylegan2_", "pggan_")  # architectures whose images double from a small grid, and are not cropped
_OF_TWO = "cyclegan"  # the recipe of two collections
_OF_TABLES = "tabular"  # the recipe of rows
_OF_FILMS = "video"
_OF_CAPTIONS = "captions"  # the recipe of pictures with texts
_OF_SMILES = "smiles"  # the recipe of molecules
_BASE = "pictures"  # by which settings are checked before a recipe is chosen
_LARGEST_SEED = 2**31 - 1  # what Keras's initializers and TensorFlow take, room for a few beside it


@dataclass(frozen=True)
class Plan:
    """Everything needed to repeat a run.

    Attributes:
        source: What the data is loaded from.
        recipe: The settings, as changed for this run.
        seed: Of weights, latents and order of the data.
        strict: Whether a damaged sample is an error.
        init_from: The run folder whose weights the networks begin with; `None` for fresh weights.
        export: Which weights are exported: `"best"`, `"last"`, or `None` for the best where a metric on held-out data
            is worth being trusted, else the last.
        chosen: What was picked and why, where the recipe was chosen for the data; lines for a reader; else `None`.
    """

    source: str
    recipe: recipes.Recipe
    seed: int = 0
    strict: bool = False
    init_from: str | None = None
    export: str | None = None
    chosen: str | None = None

    @classmethod
    def make(
        cls,
        source: str,
        recipe: "str | recipes.Recipe" = "digits",
        settings: Mapping[str, Any] | None = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        image_size: "int | str | tuple[int, int] | None" = None,
        crop: bool | None = None,
        direction: str | None = None,
        init_from: "str | os.PathLike | None" = None,
        say: Callable[[str], None] = lambda line: None,
        **others: Any,
    ) -> "Plan":
        """A plan from what the command line is given.

        Args:
            source: What the data is loaded from.
            recipe: The name of a recipe, a file that ends in `.toml`, or a recipe; `"auto"` looks at the data and the
                machine and takes the one that suits them, by the rules of `kgan.recipes.suited`.
            settings: Settings to change in it, as `Recipe.changed` takes them.
            epochs: Passes over the data; `None` for the recipe's, as with the next four.
            batch_size: Samples in a batch.
            image_size: Pixels of a square, `(height, width)`, or a text of width x height, `"64x96"`.
            crop: Whether resizing cuts, or stretches.
            direction: Of pairs: `"a2b"` or `"b2a"`.
            init_from: A run folder whose weights the networks begin with.
            say: Called with a line before data are looked at that may take long.
            **others: `seed`, `strict` and `export`.

        Raises:
            DataError: if a recipe is to be chosen for data that cannot be loaded, or are no pictures.
            ValueError: if the recipe or a setting is unknown, or a number is out of range.
        """
        asked = {"epochs": epochs, "batch_size": batch_size, "data.image_size": image_size, "data.crop": crop}
        asked["data.direction"] = direction
        settings = {**(settings or {}), **{name: value for name, value in asked.items() if value is not None}}
        two = len(two_places.parts(source)) == 2
        if two and recipe == recipes.AUTO:
            recipe, others = _OF_TWO, {"chosen": f"Recipe {_OF_TWO}, for two collections without pairs.", **others}
        elif recipe == recipes.AUTO and data.is_captions(source):
            recipe, others = _OF_CAPTIONS, {"chosen": f"Recipe {_OF_CAPTIONS}, for pictures with captions.", **others}
        elif recipe == recipes.AUTO and data.is_table(source):
            recipe, others = _OF_TABLES, {"chosen": f"Recipe {_OF_TABLES}, for a table.", **others}
        elif recipe == recipes.AUTO and data.is_smiles(source):
            recipe, others = _OF_SMILES, {"chosen": f"Recipe {_OF_SMILES}, for molecules.", **others}
        elif source in missing.EMBEDDED_FILMS and recipe == recipes.AUTO:
            recipe, others = _OF_FILMS, {"chosen": f"Recipe {_OF_FILMS}, for films.", **others}
        automatic = recipe == recipes.AUTO
        named = recipe if isinstance(recipe, recipes.Recipe) else recipes.get(_BASE if automatic else recipe)
        changed = named.changed(settings)
        plan = cls(
            source=_located(source),
            recipe=kinds.named(changed.kind).settled(changed),
            init_from=None if init_from is None else os.path.abspath(init_from),
            **others,
        )
        plan.check()  # before any data are looked at
        return plan._suited(settings, say) if automatic else plan

    def _suited(self, settings: Mapping[str, Any], say: Callable[[str], None]) -> "Plan":
        """The same with the recipe that suits the data, and these settings laid over it."""
        if takes_time(self.source):
            say(f"Looking at {self.source}, to choose a recipe ...")
        found = suiting.suited_to(self.source, self.recipe, settings, self.seed, self.strict)
        plan = replace(self, recipe=found.recipe, chosen="\n".join((*found.lines, *found.warnings)))
        plan.check()
        return plan

    @property
    def kind(self) -> kinds.Kind:
        """The kind of model that the recipe trains."""
        return kinds.named(self.recipe.kind)

    def check(self) -> None:
        """Refuses what is out of range, before anything is loaded or built.

        Raises:
            ValueError: if a number is out of range, or there are no such features.
        """
        whole("seed", self.seed, 0)
        if self.export not in (None, choice.BEST, choice.LAST):
            raise ValueError(f"Expected export as 'best', 'last' or None. Received: export={self.export!r}.")
        limits.check_most("seed", self.seed, _LARGEST_SEED, "Any smaller one will do.")
        limits.check_most(
            "epochs",
            self.recipe.epochs,
            limits.MOST_EPOCHS,
            "Raise kgan.run.Run(folder).load() further with fit(initial_epoch=...).",
        )
        latent_dim = self.recipe.generator.get("latent_dim", 1)
        networks = {"generator": self.recipe.generator, "discriminator": self.recipe.discriminator}
        networks |= {f"discriminators.{name}": one for name, one in self.recipe.discriminators.items()}
        for side, network in networks.items():
            width = network.get("width")
            if width is not None and not network["architecture"].startswith("mlp_"):  # which has no filters
                dcgan.check_sizes(f"{side}.width", width, latent_dim if side == "generator" else 1)
        frozen = self.recipe.model.get("frozen_layers", 0)
        if frozen and self.init_from is None:
            raise ValueError(
                f"Expected init_from=RUN beside model.frozen_layers, because layers with weights drawn at random would "
                f"never learn. Received: model.frozen_layers={frozen} alone. Pass init_from, or frozen_layers=0."
            )
        self._check_data()
        self.kind.features_for(self.recipe.features, self.source)

    def _check_data(self) -> None:
        places = two_places.parts(self.source)
        if len(places) > self.kind.places:
            raise ValueError(
                f"Expected {self.kind.places} place{'' if self.kind.places == 1 else 's'} of data at most for the "
                f"recipe {self.recipe.name}. Received: {', '.join(map(repr, places))}. Pass one of them, or another "
                f"recipe: cyclegan trains on two collections."
            )
        check_request(self.recipe.batch_size, self.recipe.data.get("image_size"), self.seed)
        check_pictures(self.recipe.data)
        size = parse_size(self.recipe.data.get("image_size"))
        if size is not None and self.recipe.generator.get("architecture", "").startswith(_DOUBLE):
            sizes.doubled_grid((*size, 3))  # channels, which only the data say, make no difference
        value_range = self.recipe.model.get("value_range")
        if value_range != recipes.AUTO:
            parse_range(value_range)

    def load(self, say: Callable[[str], None] = lambda line: None) -> data.Splits:
        """The data.

        Args:
            say: Called with a line before files are looked through, or a data set is prepared, which may take long.

        Raises:
            DataError: if it cannot be loaded, or is not what this kind of model trains on.
        """
        if takes_time(self.source):
            say(f"Reading {self.source} ...")
        return self.kind.load(self.source, self.recipe.batch_size, self.recipe.data, self.seed, self.strict)

    def with_data(self, source: str) -> "Plan":
        """The same plan for data that lie elsewhere."""
        return replace(self, source=_located(source))

    def settings(self) -> dict[str, Any]:
        """Every setting by its dotted name, the recipe's among them."""
        settings = {"data": self.source, "recipe": self.recipe.name, "seed": self.seed, "strict": self.strict}
        leaves = {name: value for name, value in self.recipe.leaves().items() if name not in ("name", "source")}
        others = {"init_from": self.init_from, "export": self.export}
        return settings | {name: value for name, value in others.items() if value is not None} | leaves

    @classmethod
    def from_dict(cls, content: Any) -> "Plan":
        """The plan that `config.json` holds, also one of before recipes were tables.

        Raises:
            ValueError: if it is not as `dataclasses.asdict` gives a plan, or a number is out of range.
        """
        json_documents.check_object(content, "plan")
        if flat.is_flat(content):
            content = flat.converted(content)
        if "recipe" not in content:
            raise ValueError("plan without recipe")
        bare = json_documents.made(_WithoutRecipe, {one: content[one] for one in content if one != "recipe"}, "plan")
        plan = cls(recipe=recipes.Recipe.from_dict(content["recipe"]), **vars(bare))
        plan.check()
        return plan


@dataclass(frozen=True)
class _WithoutRecipe:
    """What a plan holds beside the recipe, which checks itself."""

    source: str
    seed: int = 0
    strict: bool = False
    init_from: str | None = None
    export: str | None = None
    chosen: str | None = None


def _located(source: str) -> str:
    """A path from the root, so that the run can be evaluated from any folder."""
    return two_places.joined(
        [
            os.path.abspath(one) if data.is_path(one) and os.path.exists(missing.file_of(one)) else one
            for one in two_places.parts(source)
        ]
    )
