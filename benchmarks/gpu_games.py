"""The rows of the benchmark on a GPU: games on published networks, as `gpu_step.py` writes them."""

import dataclasses
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from gpu_step import write

import kgan
from kgan.data.sources import digits

__all__ = ["NAMES", "ROWS", "Row", "Spec", "compiled", "pictures", "write_games"]

PHOTOGRAPHS = ("astronaut", "coffee", "chelsea", "rocket", "retina", "hubble_deep_field", "immunohistochemistry")
CROPS = {64: 512, 128: 256}  # how many pictures, by their side


@dataclass(frozen=True)
class Spec:
    """A game, with what PyTorch needs to know to play the same.

    Attributes:
        networks: Of the functions, `kgan.architectures.<networks>_generator` and `<networks>_discriminator`.
        size: Side of the images, in pixels.
        channels: Of the images.
        loss: kgan's name of it.
        filters: DCGAN's: of the discriminator's convolutions, which the generator mirrors.
        generator_width: Filters, as the families' functions count them.
        discriminator_width: Filters.
        max_width: Most filters of StyleGAN2's networks.
        blocks: Of R3GAN at each size.
        latent_dim: Size of z.
        rates: Learning rates of Adam, generator and discriminator.
        betas: Of both Adams.
        epsilon: Of both Adams.
        r1: gamma of R1, at every `r1_every` steps; 0 for none.
        r2: gamma of R2, at every step; 0 for none.
        r1_every: Steps of the discriminator between two updates for R1.
        wgangp: Weight of the penalty at points between reals and samples; 0 for none.
        path_length: Weight of path length regularisation; 0 for none.
        path_length_every: Updates of the generator between two for path length.
        discriminator_steps: Updates of the discriminator to one of the generator.
        updates: Of the generator in an iteration: the period of what is paid lazily.
    """

    networks: str
    size: int
    channels: int
    loss: str = "non_saturating"
    filters: tuple[int, ...] | None = None
    generator_width: int | None = None
    discriminator_width: int | None = None
    max_width: int | None = None
    blocks: int | None = None
    latent_dim: int = 128
    rates: tuple[float, float] = (2e-4, 2e-4)
    betas: tuple[float, float] = (0.0, 0.9)
    epsilon: float = 1e-8
    r1: float = 0.0
    r2: float = 0.0
    r1_every: int = 1
    wgangp: float = 0.0
    path_length: float = 0.0
    path_length_every: int = 4
    discriminator_steps: int = 1
    updates: int = 1

    @property
    def calls(self) -> int:
        """Steps of the discriminator, of which each is a call of the program, in an iteration."""
        return self.discriminator_steps * self.updates


_DCGAN = Spec("dcgan", 28, 1, filters=(64, 128), latent_dim=64, betas=(0.5, 0.999), epsilon=1e-7)
_ZERO_CENTRED = {"loss": "relativistic_pairing", "r1": 1.0, "r2": 1.0, "betas": (0.0, 0.99)}
_STYLEGAN2 = Spec(
    "stylegan2",
    64,
    3,
    generator_width=64,
    discriminator_width=64,
    max_width=512,
    latent_dim=512,
    rates=(2.5e-3, 2.5e-3),
    betas=(0.0, 0.99),
    r1=0.026,
    r1_every=16,
    path_length=2.0,
    updates=16,
)
# Widths are the published ones; the losses, penalties, rates and betas those of kgan's recipes.
SPECS = {
    "dcgan-28": _DCGAN,
    "dcgan-64": dataclasses.replace(_DCGAN, size=64, channels=3, filters=(128, 256, 512, 1024), latent_dim=100),
    "r1r2-28": dataclasses.replace(_DCGAN, **_ZERO_CENTRED),
    "r1r2-64": dataclasses.replace(_DCGAN, size=64, channels=3, filters=(64, 128, 256, 512), **_ZERO_CENTRED),
    "wgan-gp-28": dataclasses.replace(
        _DCGAN, loss="wasserstein", wgangp=10.0, discriminator_steps=5, rates=(1e-4, 1e-4), betas=(0.0, 0.9)
    ),
    "sngan-64": Spec(
        "sngan", 64, 3, "hinge", generator_width=256, discriminator_width=128, discriminator_steps=5, epsilon=1e-7
    ),
    "sagan-64": Spec(
        "sagan", 64, 3, "hinge", generator_width=256, discriminator_width=128, rates=(1e-4, 4e-4), epsilon=1e-7
    ),
    "stylegan2-64": _STYLEGAN2,
    "stylegan2-128": dataclasses.replace(_STYLEGAN2, size=128, r1=0.1),
    "r3gan-64": Spec(
        "r3gan",
        64,
        3,
        "relativistic_pairing",
        generator_width=768,
        discriminator_width=768,
        blocks=2,
        latent_dim=64,
        r1=2.0,
        r2=2.0,
        epsilon=1e-7,
    ),
}


@dataclass(frozen=True)
class Row:
    """One program.

    Attributes:
        game: A key of `SPECS`.
        batch: Reals in a step.
        dtype: Keras's dtype policy.
        reference: Steps that the CPU computes too, which a GPU is held against.
        variants: Further runs, of `run_step.py`'s `VARIANTS`.
    """

    game: str
    batch: int
    dtype: str = "float32"
    reference: int = 0
    variants: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Of the row and of its files."""
        return f"{self.game}-b{self.batch}-{'bfloat16' if self.dtype == 'mixed_bfloat16' else self.dtype}"


_SHORT = "mixed_bfloat16"
_OFF, _PLAIN, _UNTUNED = "tf32_off", "no_command_buffers", "autotune_0"
ROWS = {
    row.name: row
    for row in (  # the most important first: what time runs out for is named
        Row("dcgan-64", 64, reference=2, variants=(_OFF, _PLAIN, _UNTUNED, "no_triton")),
        Row("dcgan-28", 64, reference=50, variants=(_OFF, _PLAIN)),
        Row("r1r2-28", 64, reference=50, variants=(_OFF,)),
        Row("wgan-gp-28", 64, reference=50, variants=(_OFF, _PLAIN)),
        Row("dcgan-64", 256, _SHORT),
        Row("r1r2-64", 64, reference=2),
        Row("dcgan-64", 256),
        Row("sagan-64", 64),
        Row("sngan-64", 64),
        Row("dcgan-64", 64, _SHORT),
        Row("r1r2-64", 256, _SHORT),
        Row("stylegan2-64", 64),
        Row("r3gan-64", 64),
        Row("stylegan2-64", 64, _SHORT),
        Row("r3gan-64", 256, _SHORT),
        Row("sagan-64", 256, _SHORT),
        Row("sngan-64", 256, _SHORT),
        Row("dcgan-28", 256, _SHORT),
        Row("wgan-gp-28", 256, _SHORT),
        Row("dcgan-28", 256),
        Row("wgan-gp-28", 256),
        Row("stylegan2-128", 64, _SHORT),
    )
}
NAMES = list(ROWS)


def compiled(spec: Spec) -> kgan.GAN:
    """The game, ready to train, in the dtype policy of the moment."""
    shape = (spec.size, spec.size, spec.channels)
    widths = (spec.filters[0],) * 2 if spec.filters else (spec.generator_width, spec.discriminator_width)
    further = {key: getattr(spec, key) for key in ("max_width", "blocks") if getattr(spec, key) is not None}
    gan = kgan.GAN(
        getattr(kgan.architectures, f"{spec.networks}_generator")(shape, spec.latent_dim, widths[0], **further, seed=0),
        getattr(kgan.architectures, f"{spec.networks}_discriminator")(shape, widths[1], **further, seed=1),
        seed=0,
    )
    penalties: list[Any] = [kgan.penalties.R1(spec.r1, every=spec.r1_every)] if spec.r1 else []
    penalties += [kgan.penalties.R2(spec.r2)] if spec.r2 else []
    penalties += [kgan.penalties.WGANGP(spec.wgangp)] if spec.wgangp else []
    path_length = kgan.objectives.PathLength(spec.path_length, every=spec.path_length_every)
    gan.compile(
        *(keras.optimizers.Adam(rate, *spec.betas, epsilon=spec.epsilon) for rate in spec.rates),
        loss=spec.loss,
        penalties=penalties,
        objectives=[path_length] if spec.path_length else [],
        discriminator_steps=spec.discriminator_steps,
    )
    return gan


def pictures(size: int, channels: int) -> np.ndarray:
    """uint8 `(n, size, size, channels)`: the embedded digits, or crops of photographs at half and at full size."""
    if (size, channels) == (28, 1):
        return digits.read()[0]
    from skimage import data

    photographs = [getattr(data, name)() for name in PHOTOGRAPHS]
    generator, crops = np.random.default_rng(0), []
    for number in range(CROPS[size]):
        photograph, side = photographs[number % len(photographs)], size * (1 + number % 2)
        top, left = (generator.integers(0, extent - side + 1) for extent in photograph.shape[:2])
        crop = photograph[top : top + side, left : left + side].astype(np.float32)
        crops.append(crop.reshape(size, side // size, size, side // size, 3).mean((1, 3)).round().astype(np.uint8))
    return np.stack(crops)


def write_games(folder: Path, names: Sequence[str] | None = None, references: bool = True) -> None:
    """Writes the rows of these names, all unless given, in their order.

    Args:
        folder: Where the files go.
        names: Keys of `ROWS`.
        references: Whether the CPU's figures are written, too, which takes it minutes.
    """
    unknown = sorted(set(names or ()) - set(ROWS))
    if unknown:
        sys.exit(f"Expected games among {', '.join(NAMES)}. Received: {', '.join(unknown)}.")
    folder.mkdir(parents=True, exist_ok=True)
    before = keras.config.dtype_policy()
    try:
        for row in [ROWS[name] for name in names or NAMES]:
            keras.backend.clear_session()
            keras.config.set_dtype_policy(row.dtype)
            _write(folder, row, references)
    finally:
        keras.config.set_dtype_policy(before)


def _write(folder: Path, row: Row, references: bool) -> None:
    spec = SPECS[row.game]
    images = pictures(spec.size, spec.channels)
    file = folder / f"images-{spec.size}x{spec.size}x{spec.channels}.npz"
    if not file.is_file():
        np.savez_compressed(file, images=images)
    gan = compiled(spec)
    trainable = [
        sum(int(np.prod(one.shape)) for one in network.trainable_variables)
        for network in (gan.generator, gan.discriminator)
    ]
    write(
        gan,
        images[: row.batch],
        folder,
        row.name,
        draws=True,
        reference=row.reference if references else 0,
        pictures=images,
        share=None if spec.updates > 1 else 1.0 / spec.discriminator_steps,
        images=file.name,
        game=row.game,
        family=spec.networks,
        batch=row.batch,
        dtype=row.dtype,
        size=spec.size,
        channels=spec.channels,
        parameters=trainable,
        calls=spec.calls,
        variants=row.variants,
        reals=row.batch * spec.calls,
        spec=dataclasses.asdict(spec),
    )
