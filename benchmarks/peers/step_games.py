"""The games that `torch_step.py` plays, as `gpu_step.py` lists them in games.json; the standard library only."""

import dataclasses
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["StepGame", "read"]

LOSSES = ("non_saturating", "hinge", "wasserstein", "relativistic_pairing")
DTYPES = ("float32", "mixed_bfloat16")
GRID = 4  # positions of a side that networks start from, at least


@dataclass(frozen=True)
class StepGame:
    """One row: networks, losses, optimizers, batch and precision.

    Attributes:
        name: Of the row, which the programs for XLA and for PyTorch both write into their results.
        networks: Their family: dcgan, r3gan, wgan_gp_resnet, sngan, sagan or stylegan2.
        size: Side of the images, in pixels.
        channels: Of the images.
        batch: Reals in an update of the discriminator, and samples in one of the generator.
        dtype: float32, or mixed_bfloat16, in which networks compute in bfloat16 and weights are float32.
        parameters: Trainable, of the generator and of the discriminator, as kgan counts them.
        calls: Updates of the discriminator in what is timed as one iteration: the period of all that is paid lazily.
        images: File of the images, beside the list.
        loss: kgan's name of it.
        rates: Learning rates of Adam, generator and discriminator.
        latent_dim: Size of z.
        filters: Of DCGAN's discriminator; the generator's are their mirror.
        generator_width: Filters of the other families, as the functions of `kgan.architectures` count them.
        discriminator_width: Filters.
        max_width: Most filters of StyleGAN2's networks.
        blocks: Residual blocks at each size of R3GAN's networks.
        wgangp: Weight of the penalty at points between reals and samples, at each step.
        r1: gamma of R1.
        r1_every: Updates of the discriminator to one for R1; 1 adds R1 to its loss.
        r2: gamma of R2, at each step.
        path_length: Weight of path length regularisation; 0 for none.
        path_length_every: Updates of the generator to one for path length.
        betas: Of both Adams.
        epsilon: Of both Adams.
        discriminator_steps: Updates of the discriminator to one of the generator.
        ema: Decay of the generator's average at each of its updates; `None` for no average.
    """

    name: str
    networks: str
    size: int
    channels: int
    batch: int
    dtype: str
    parameters: tuple[int, int]
    images: str
    loss: str
    rates: tuple[float, float]
    latent_dim: int
    calls: int = 1
    filters: tuple[int, ...] = ()
    generator_width: int = 0
    discriminator_width: int = 0
    max_width: int | None = None
    blocks: int = 2
    wgangp: float = 0.0
    r1: float = 0.0
    r1_every: int = 1
    r2: float = 0.0
    path_length: float = 0.0
    path_length_every: int = 4
    betas: tuple[float, float] = (0.5, 0.999)
    epsilon: float = 1e-7
    discriminator_steps: int = 1
    ema: float | None = None

    @property
    def stages(self) -> int:
        """How often the image is halved down to the small grid."""
        return int(math.log2(self.size / GRID))

    @property
    def r1_is_lazy(self) -> bool:
        """Whether R1 has updates of its own."""
        return bool(self.r1) and self.r1_every > 1

    @property
    def updates(self) -> int:
        """Of the generator, in what is timed as one iteration."""
        return self.calls // self.discriminator_steps


def read(path: Path) -> list[StepGame]:
    """The games of a `games.json`: `{"rows": [{"name", "batch", ..., "spec": {...}}, ...]}`, in its order.

    Rows without a `spec` are programs of other models, which nobody has written in PyTorch.

    Raises:
        ValueError: if a row lacks an entry, or has a loss or dtype that PyTorch's program does not.
    """
    return [_game(row) for row in json.loads(path.read_text())["rows"] if "spec" in row]


def _game(row: dict[str, Any]) -> StepGame:
    entries = {**row["spec"], **row}
    fields = dataclasses.fields(StepGame)
    absent = sorted(one.name for one in fields if one.default is dataclasses.MISSING and one.name not in entries)
    if absent:
        raise ValueError(f"Expected a row with {', '.join(absent)}. Received: {row.get('name', row)!r} without.")
    given = {one.name: entries[one.name] for one in fields if entries.get(one.name) is not None}
    game = StepGame(**{key: tuple(value) if isinstance(value, list) else value for key, value in given.items()})
    for what, value, known in (("loss", game.loss, LOSSES), ("dtype", game.dtype, DTYPES)):
        if value not in known:
            raise ValueError(f"Expected {what} of {game.name!r} as one of {', '.join(known)}. Received: {value!r}.")
    return game
