"""A run's schedule of growth, brought to the length of the run where it is the published one."""

from dataclasses import replace

from kgan.callbacks import ProgressiveGrowing
from kgan.models.adversarial import AdversarialModel
from kgan.models.kind import Say
from kgan.recipes import Recipe
from kgan.run.plan import Plan

__all__ = ["within"]


def within(plan: Plan, model: AdversarialModel, count: int | None, say: Say) -> Plan:
    """The plan with a schedule of growth that comes to an end within its epochs; the plan itself where nothing grows.

    A schedule that the recipe leaves as published is shortened in proportion. One that was set stays, and what it does
    not reach is said.

    Args:
        plan: The plan.
        model: As it is built, of the plan's networks.
        count: Training samples of an epoch; `None` where that is not known.
        say: Called with a line where the schedule is shortened, or too long.

    Raises:
        ValueError: if the networks cannot grow as the schedule says.
    """
    recipe = plan.recipe
    for growing in recipe.fit_callbacks():
        if not isinstance(growing, ProgressiveGrowing):
            continue
        needed = growing.needs_for(model)
        if count is None:
            continue
        images = recipe.epochs * (count // recipe.batch_size) * recipe.batch_size
        asked = f"{recipe.epochs} epoch{'s' * (recipe.epochs != 1)} of {count:,} images"
        shorter = growing.shortened_for(model, images)
        if growing.is_published and not _was_set(recipe) and shorter < growing.images:
            say(f"Each size trains for {shorter:,} images and fades in over as many: {asked} are shared among sizes.")
            lasts = {"images": shorter} if growing.fade is None else {"images": shorter, "fade": shorter}
            layer = {"callbacks": {"progressive_growing": lasts}}
            return replace(plan, recipe=recipe.over(layer, f"kgan: in proportion, for {asked}"))
        if images < needed:
            say(f"The images do not grow to full size: that takes {needed:,} of them, and the run has {asked}.")
    return plan


def _was_set(recipe: Recipe) -> bool:
    """Whether the user set how long a size trains or fades in, though it be to the published number."""
    names = (f"callbacks.progressive_growing.{name}" for name in ("images", "fade"))
    return any(recipe.source_of(name).partition(";")[0] == "set" for name in names)
