"""Everything needed to repeat a run."""

import os
from dataclasses import dataclass, replace

from kgan import data, recipes
from kgan._support import json_documents, limits
from kgan._support.checks import whole
from kgan.architectures import dcgan
from kgan.models import kind as kinds

_LARGEST_SEED = 2**31 - 1  # what Keras's initializers and TensorFlow take, room for a few beside it


@dataclass(frozen=True)
class Plan:
    """Everything needed to repeat a run.

    Attributes:
        source: What `kgan.data.load` is given.
        recipe_name: Name of the recipe.
        recipe: Its settings, as changed for this run.
        seed: Of weights, latents and order of the data.
        image_size: Pixels to bring images to; `None` keeps theirs.
        crop: Whether resizing cuts or stretches.
        strict: Whether a damaged image is an error.
    """

    source: str
    recipe_name: str
    recipe: recipes.Recipe
    seed: int = 0
    image_size: int | None = None
    crop: bool = True
    strict: bool = False

    @classmethod
    def make(
        cls,
        source: str,
        recipe: str = "digits",
        settings: dict[str, str] | None = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        **others,
    ) -> "Plan":
        """A plan from what the command line is given.

        Raises:
            ValueError: The recipe or a setting is unknown, or a number is out of range.
        """
        changed = recipes.get(recipe).changed(settings or {})
        for key, value in (("epochs", epochs), ("batch_size", batch_size)):
            if value is not None:
                changed = replace(changed, **{key: value})
        kinds.named(changed.kind).features_for(changed.features, source)  # refuses unknown ones before data is loaded
        if data.is_path(source) and os.path.exists(source):
            source = os.path.abspath(source)  # so that the run can be evaluated from any folder
        plan = cls(source=source, recipe_name=recipe, recipe=changed, **others)
        plan.check()
        return plan

    def check(self) -> None:
        """Refuses numbers out of range, before anything is loaded or built.

        Raises:
            ValueError: A number is.
        """
        whole("epochs", self.recipe.epochs, 1)
        whole("batch_size", self.recipe.batch_size, 1)
        for argument in ("latent_dim", "generator_width", "discriminator_width", "discriminator_steps"):
            whole(argument, getattr(self.recipe, argument), 1)
        whole("seed", self.seed, 0)
        limits.check_most("seed", self.seed, _LARGEST_SEED, "Any smaller one will do.")
        limits.check_most(
            "epochs",
            self.recipe.epochs,
            limits.MOST_EPOCHS,
            "Raise kgan.run.Run(folder).load() further with fit(initial_epoch=...).",
        )
        dcgan.check_sizes("generator_width", self.recipe.generator_width, self.recipe.latent_dim)
        dcgan.check_sizes("discriminator_width", self.recipe.discriminator_width)

    @property
    def kind(self) -> kinds.Kind:
        """The kind of model that the recipe trains."""
        return kinds.named(self.recipe.kind)

    def load(self) -> data.Splits:
        """The data.

        Raises:
            DataError: if it cannot be loaded, or is not what this kind of model trains on.
        """
        options = {"image_size": self.image_size, "crop": self.crop}
        return self.kind.load(self.source, self.recipe.batch_size, options, self.seed, self.strict)

    @classmethod
    def from_dict(cls, content: dict) -> "Plan":
        """The plan that `config.json` holds.

        Raises:
            ValueError: It is not as `dataclasses.asdict` gives a plan, or a number is out of range.
        """
        plan = json_documents.made(cls, content, "plan")
        plan.check()
        return plan
