"""How long a run pre-trains, where its recipe leaves that to the run."""

from dataclasses import replace

from kgan.callbacks import Pretraining
from kgan.models.kind import Say
from kgan.run.plan import Plan

__all__ = ["settled"]


def settled(plan: Plan, count: int | None, say: Say) -> Plan:
    """The plan with a number of images to pre-train on, half of the run's where it has none.

    The number is kept with the run, so that training on for more epochs does not go back to pre-training.

    Args:
        plan: The plan.
        count: Training samples of an epoch; `None` where that is not known.
        say: Called with a line where something is pre-trained.
    """
    recipe = plan.recipe
    found = next((one for one in recipe.fit_callbacks() if isinstance(one, Pretraining)), None)
    if found is None or count is None or found.images == 0:
        return plan
    all_of_it = recipe.epochs * (count // recipe.batch_size) * recipe.batch_size
    images = all_of_it // 2 if found.images is None else found.images
    of = f"{recipe.epochs} epoch{'s' * (recipe.epochs != 1)} of {count:,} images"
    if images >= all_of_it:
        say(f"All of {of} is pre-training on {found.objective}, which takes {images:,}; the game never begins.")
    else:
        say(f"Pre-training on {found.objective} for the first {images:,} images of {of}.")
    if found.images is not None:
        return plan
    layer = {"callbacks": {"pretraining": {"images": images}}}
    return replace(plan, recipe=recipe.over(layer, f"kgan: half of {of}"))
