"""Learning rates that fall at shares of the game, which the planned training turns into numbers of images."""

from kgan import recipes
from kgan.data import Splits

__all__ = ["planned"]

_RATE = "learning_rate"


def planned(recipe: recipes.Recipe, splits: Splits) -> recipes.Recipe:
    """The recipe with learning rates that are multiplied by `model.rate_factor` at the shares `model.rate_falls`.

    The shares are of the game: of the planned training without its pre-training, half of it where the recipe has no
    number. Optimizers start afresh where the game begins, so the generator's rate falls at the same numbers of images
    of pre-training too. Rates that follow a schedule already stay as they are.

    Args:
        recipe: Of a kind with both settings.
        splits: The data that it is planned for.

    Raises:
        ValueError: if the shares are no ascending numbers between 0 and 1.
    """
    falls, factor = recipe.model["rate_falls"], recipe.model["rate_factor"]
    sound = all(isinstance(one, int | float) and 0.0 < one < 1.0 for one in falls)
    if not sound or sorted(set(falls)) != list(falls):
        raise ValueError(
            f"Expected model.rate_falls as ascending shares between 0 and 1. Received: model.rate_falls={falls}. Pass "
            f"[0.5], say."
        )
    images = recipe.epochs * ((splits.count or 0) // recipe.batch_size) * recipe.batch_size
    pretrained = recipe.callbacks.get("pretraining", {"images": 0})["images"]
    game = images - (images // 2 if pretrained is None else min(pretrained, images))
    if not falls or not game:
        return recipe
    changed = {}
    for player in ("generator_optimizer", "discriminator_optimizer"):
        rate = getattr(recipe, player)[_RATE]
        if isinstance(rate, float):
            table = {"name": "stepwise", "start": rate, "factor": factor, "after": [share * game for share in falls]}
            changed[f"{player}.{_RATE}"] = table
    return recipe.changed(changed)
