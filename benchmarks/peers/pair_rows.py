"""The rows of `train.py` that map pictures to pictures: pix2pix, CycleGAN and super-resolution.

The standard library only, because PyTorch's contenders run in an environment of their own.
"""

from dataclasses import dataclass

__all__ = ["MAPPINGS", "Mapping", "named"]


@dataclass(frozen=True)
class Mapping:
    """One row of the table: a published game on pairs of pictures, or on two collections of them.

    An iteration is one update of each side.

    Attributes:
        name: `"pix2pix"`, `"cyclegan"` or `"compact"`.
        generator_width: Filters, as kgan's functions count them.
        discriminator_width: Filters.
        parameters: Trainable, of the generator and of the discriminator, of CycleGAN of both of each, which every
            contender checks at its start.
        rate: Learning rate of both Adams.
        betas: Of both.
        batch: Pictures of each side in an update.
        convolutions: Of the compact network, between the first and the last.
        scale: How many times as high and wide as its input an output is.
        pool: Earlier samples of each side that CycleGAN keeps.
    """

    name: str
    generator_width: int
    discriminator_width: int
    parameters: tuple[int, int]
    rate: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)
    batch: int = 1
    convolutions: int = 16
    scale: int = 1
    pool: int = 50
    size: int = 64
    channels: int = 3
    images: int = 512  # of both sides together
    mapped: bool = False

    @property
    def reals(self) -> int:
        """Pictures of a side that an iteration sees."""
        return self.batch


# Losses, weights, rates and betas are those of the recipes of these names. The averages of weights and the perceptual
# loss of `compact` are left out, whose features are not alike on both sides.
MAPPINGS = {
    "pix2pix 64 x 64 x 3": Mapping("pix2pix", 32, 32, (7_313_603, 695_777), batch=4),
    "CycleGAN 64 x 64 x 3": Mapping("cyclegan", 32, 32, (3_930_118, 1_388_482)),
    "ESRGAN compact, 32 to 128 x 128 x 3": Mapping(
        "compact", 64, 32, (621_424, 1_094_817), rate=1e-4, betas=(0.9, 0.99), batch=4, scale=4, size=128, images=64
    ),
}


def named(text: str) -> Mapping:
    """The row of that name."""
    if text not in MAPPINGS:
        raise ValueError(f"Expected one of {', '.join(MAPPINGS)}. Received: {text!r}.")
    return MAPPINGS[text]
