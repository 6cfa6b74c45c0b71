"""The purposes of random draws in a step, see `kgan.AdversarialModel.random_seed`."""

LATENTS, DISCRIMINATOR, GENERATOR, LAZY = 0, 1, 2, 3
_COUNT = 4
_OBJECTIVES = 1 << 19  # past those of any number of discriminators


def of_discriminator(purpose: int, place: int) -> int:
    """The purpose for one of several discriminators, which draw differently; the first has those above."""
    return purpose + _COUNT * place


def of_objective(place: int) -> int:
    """The purpose for the draws of one of the objectives."""
    return _OBJECTIVES + place


def own(number: int) -> int:
    """A purpose for draws of a subclass's own, `number` 0 or more: no draw of kgan shares it."""
    return (1 << 20) + number
