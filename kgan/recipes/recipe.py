"""Named settings: networks, compile arguments and how long to train, as data."""

import dataclasses
import types
import typing
from dataclasses import dataclass

import keras

from kgan import architectures, penalties
from kgan._support import lookup
from kgan.metrics import extractors
from kgan.models.gan import GAN
from kgan.recipes.run_metrics import sample_metrics

AUTO = "auto"


@dataclass(frozen=True)
class Recipe:
    """Everything that turns a data set into a compiled GAN; every field can be set from the command line.

    Attributes:
        source: Where the settings come from.
        epochs: Passes over the data.
        batch_size: Samples in a batch.
        conditional: Whether labels are used where the data has them.
        conditioning: How the discriminator takes them: `projection`, `concatenation` or `auxiliary` (AC-GAN).
        latents: Distribution of z.
        latent_dim: Size of z.
        generator_width: Filters before the generator's last convolution.
        discriminator_width: Filters of the discriminator's first convolution.
        generator_batch_norm: BatchNormalization in the generator.
        discriminator_batch_norm: BatchNormalization in the discriminator; not together with a penalty.
        loss: Name of the adversarial loss.
        r1_gamma: Strength of the gradient penalty on reals; 0 leaves it out.
        r2_gamma: Strength of the gradient penalty on generated samples; 0 leaves it out.
        augmentation: `ada`, or any of `color,translation,cutout,flip`; `None` for none.
        discriminator_steps: Steps of the discriminator to one of the generator.
        generator_learning_rate: Of Adam.
        discriminator_learning_rate: Of Adam.
        beta_1: Of Adam, both players.
        beta_2: Of Adam, both players.
        ema_half_life: In images; `None` for no averaging.
        features: What metrics of samples look through: `digits`, `efficientnet-lite0`, `inception`, `inception:PATH` or
            `pixels`; `auto` for what suits the data; `None` for no metrics.
    """

    source: str
    epochs: int
    batch_size: int = 64
    conditional: bool = True
    conditioning: str = "projection"
    latents: str = "normal"
    latent_dim: int = 64
    generator_width: int = 32
    discriminator_width: int = 32
    generator_batch_norm: bool = True
    discriminator_batch_norm: bool = False
    loss: str = "relativistic_pairing"
    r1_gamma: float = 1.0
    r2_gamma: float = 1.0
    augmentation: str | None = None
    discriminator_steps: int = 1
    generator_learning_rate: float = 1e-3
    discriminator_learning_rate: float = 1e-3
    beta_1: float = 0.0
    beta_2: float = 0.99
    ema_half_life: float | None = 20_000.0
    features: str | None = AUTO

    def build(
        self,
        sample_shape: tuple[int, ...],
        num_classes: int | None,
        seed: int,
        features: "str | extractors.Extractor | None" = None,
        num_samples: int | None = None,
        metrics=None,
    ) -> GAN:
        """A compiled GAN for samples of this shape.

        Args:
            sample_shape: `(height, width, channels)`.
            num_classes: Of the data, `None` without labels.
            seed: Of the weights and of every draw in training.
            features: What `sample_metrics` look through, by name; `None` compiles none.
            num_samples: How many samples they generate; `None` for as many as there are held-out reals.
            metrics: The metrics themselves, in place of those that `features` would give.

        Raises:
            ValueError: The networks cannot be built for that shape, or a setting is out of range.
        """
        classes = num_classes if self.conditional else None
        if metrics is None:
            metrics = [] if features is None else sample_metrics(features, sample_shape, num_samples)
        gan = GAN(
            architectures.dcgan_generator(
                sample_shape,
                self.latent_dim,
                self.generator_width,
                num_classes=classes,
                batch_norm=self.generator_batch_norm,
                seed=seed,
            ),
            architectures.dcgan_discriminator(
                sample_shape,
                self.discriminator_width,
                num_classes=classes,
                conditioning=self.conditioning,
                batch_norm=self.discriminator_batch_norm,
                seed=seed + 1000,  # other weights than the generator's
            ),
            latents=self.latents,
            num_classes=classes,
            ema_half_life=self.ema_half_life,
            seed=seed,
        )
        strengths = ((penalties.R1, self.r1_gamma), (penalties.R2, self.r2_gamma))
        gan.compile(
            generator_optimizer=self._adam(self.generator_learning_rate),
            discriminator_optimizer=self._adam(self.discriminator_learning_rate),
            loss=self.loss,
            penalties=[penalty(gamma) for penalty, gamma in strengths if gamma],
            objectives=["auxiliary_classifier"] if classes and self.conditioning == "auxiliary" else [],
            augmentation=self.augmentation,
            discriminator_steps=self.discriminator_steps,
            metrics=metrics,
        )
        return gan

    @property
    def kind(self) -> str:
        """The kind of model."""
        return "gan"

    def _adam(self, learning_rate: float) -> keras.optimizers.Optimizer:
        return keras.optimizers.Adam(learning_rate, beta_1=self.beta_1, beta_2=self.beta_2)

    def changed(self, settings: dict[str, str]) -> "Recipe":
        """The recipe with settings given as text, as `--set KEY=VALUE` gives them.

        Raises:
            ValueError: A key is unknown, or its value is not of the field's type.
        """
        kinds = typing.get_type_hints(type(self))
        kinds.pop("source")
        return dataclasses.replace(
            self, **{key: _parsed(key, text, lookup.find("a setting", key, kinds)) for key, text in settings.items()}
        )


def _parsed(key: str, text: str, kind):
    """`text` as a value of the field's type."""
    if isinstance(kind, types.UnionType):  # `float | None`
        if text.lower() == "none":
            return None
        kind = kind.__args__[0]
    if kind is bool:
        values = {"true": True, "false": False}
        if text.lower() in values:
            return values[text.lower()]
    else:
        try:
            return kind(text)
        except ValueError:
            pass  # the error below says more than float()'s
    raise ValueError(f"Expected {key} as {kind.__name__}. Received: {key}={text!r}.")
