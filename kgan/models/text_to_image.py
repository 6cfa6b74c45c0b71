"""TextToImage: noise and a text in, samples that the text fits out."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan import architectures, schedules
from kgan import latents as latent_distributions
from kgan._game.batch import DISCRIMINATOR, Batch, Pair
from kgan._step import purposes
from kgan.data.splits import Splits
from kgan.data.words import Vocabulary
from kgan.models.gan import GAN

__all__ = ["TextToImage"]

_OTHERS = purposes.own(0)


@keras.saving.register_keras_serializable("kgan")
class TextToImage(GAN):
    """A GAN whose samples fit a text, because its discriminator is also shown real samples with texts of others.

    Of what the discriminator takes for generated, a share are reals with another text of the batch (GAN-CLS): with
    `mismatched=0.5`, `L_D = log D(x, t) + (log(1 - D(x, t')) + log(1 - D(G(z, t), t))) / 2`, or another loss of
    `kgan.losses`. With a relativistic loss each such pair differs in nothing but its text.

    A text is which words of a vocabulary it holds; both networks learn vectors of these words, as
    `kgan.architectures.text_conditioned` has it, and the vocabulary is saved and exported with the model. Without
    one, texts are vectors of an encoder of yours, which stays as it is and outside of the model.

    Args:
        generator: A built Keras model from `[latents, texts]`, texts `(batch, text_dim)`, to samples.
        discriminator: A built Keras model from `[samples, texts]` to logits.
        vocabulary: A word for each number of a text, a list or a `kgan.data.Vocabulary`, as `splits.captions` has it;
            `None` for vectors.
        encoder: From a list of texts to vectors `(n, text_dim)`, for `generate(text=...)` of a model of vectors. It is
            not saved: set `model.encoder` after loading.
        mismatched: Share in [0, 1) of the discriminator's counterparts of reals that are reals with another text, which
            differ from the right one.
        latents: As in `kgan.GAN`.
        value_range: As in `kgan.GAN`.
        ema_half_life: As in `kgan.GAN`.
        seed: As in `kgan.GAN`.
        name: Name of the model.

    Raises:
        TypeError: if a network is not a Keras model, or `vocabulary` is no list of text.
        ValueError: if a network takes no texts, words and numbers of a text differ in number, `vocabulary` and
            `encoder` are both given, or an argument is out of range.

    Examples:
        >>> images = np.zeros((40, 8, 8, 3), "uint8")
        >>> splits = kgan.data.load_captions((images, ["red heart", "blue car"] * 20), batch_size=10)
        >>> model = kgan.TextToImage.of(splits, width=4, embedding_dim=8, seed=0)
        >>> model.compile(loss="relativistic_pairing", penalties=["r1", "r2"])
        >>> history = model.fit(splits, epochs=1, verbose=0)
        >>> model.generate(2, seed=0, text="blue heart").shape
        (2, 8, 8, 3)

    Reference:
        Reed et al., 2016, Generative Adversarial Text to Image Synthesis. arXiv:1605.05396
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *,
        vocabulary: "Vocabulary | Sequence[str] | None" = None,
        encoder: "Callable[[list[str]], Any] | None" = None,
        mismatched: float = 0.5,
        latents: "str | latent_distributions.Latents" = "normal",
        value_range: "tuple[float, float] | str | None" = "auto",
        ema_half_life: "float | schedules.Schedule | None" = None,
        seed: int | None = None,
        name: str | None = "text_to_image",
    ):
        if vocabulary is not None and encoder is not None:
            raise ValueError("Expected vocabulary or encoder, which takes its place. Received: both. Leave one out.")
        words = vocabulary.words if isinstance(vocabulary, Vocabulary) else vocabulary
        if isinstance(mismatched, bool) or not isinstance(mismatched, int | float) or not 0.0 <= mismatched < 1.0:
            raise ValueError(f"Expected mismatched in [0, 1). Received: mismatched={mismatched!r}.")
        super().__init__(
            generator,
            discriminator,
            class_names=words,
            latents=latents,
            value_range=value_range,
            ema_half_life=ema_half_life,
            seed=seed,
            name=name,
        )
        if self.num_tags is None or not (self.generator_takes_labels and self.discriminator_takes_labels):
            raise ValueError(
                "Expected a generator and a discriminator with a text as their second input, (batch, text_dim). "
                "Received: networks of which one takes none. Build them with num_tags=64, say, and "
                "kgan.architectures.text_conditioned."
            )
        self.vocabulary = None if words is None else Vocabulary(self.class_names)
        self.encoder, self.mismatched = encoder, float(mismatched)
        self._contract = self._contract._replace(vectors=words is None)

    @classmethod
    def of(
        cls,
        data: Splits,
        *,
        latent_dim: int = 64,
        width: int = 32,
        embedding_dim: int = 64,
        seed: int | None = None,
        **arguments: Any,
    ) -> "TextToImage":
        """A model with DCGAN's networks behind encoders of texts, not compiled yet.

        Args:
            data: What `kgan.data.load_captions` returned.
            latent_dim: Size of z.
            width: Filters of both networks, as in `kgan.architectures.dcgan_generator`.
            embedding_dim: Numbers that the encoder makes of a text.
            seed: Of the initial weights, and of training.
            **arguments: The other arguments of the constructor.

        Raises:
            TypeError: if `data` has no captions.
            ValueError: if a number is out of range.
        """
        captions = getattr(data, "captions", None)
        if captions is None:
            raise TypeError(f"Expected what kgan.data.load_captions returns. Received: a {type(data).__name__}.")
        shape, other = data.sample_shape, None if seed is None else seed + 1000
        generator = architectures.dcgan_generator(
            shape, latent_dim, width, num_tags=embedding_dim, upsampling="nearest", seed=seed
        )
        discriminator = architectures.dcgan_discriminator(shape, width, num_tags=embedding_dim, seed=other)
        return cls(
            architectures.text_conditioned(generator, captions.dim, seed=seed),
            architectures.text_conditioned(discriminator, captions.dim, seed=other),
            **{"vocabulary": captions.vocabulary, "encoder": captions.encoder, "seed": seed, **arguments},
        )

    def discriminator_pairs(self, pairs: dict[str, Pair], batch: Batch) -> dict[str, Pair]:
        """The pairs, in which some of the generated samples are reals with the text of another, see the class."""
        pair, (texts,) = pairs[DISCRIMINATOR], batch.conditions_of(DISCRIMINATOR)
        if self.mismatched == 0.0:
            return pairs
        count = tf.shape(texts)[0]
        seed = self.random_seed(_OTHERS, training=True)
        shift = tf.random.stateless_uniform((), seed, 1, tf.maximum(count, 2), tf.int32)
        others = tf.roll(texts, shift, axis=0)  # of the sample so many places before
        swapped = tf.cast(tf.range(count), tf.float32) < self.mismatched * tf.cast(count, tf.float32)
        swapped &= tf.reduce_any(others != texts, axis=1)  # the same text is no wrong one
        of_sample = tf.reshape(swapped, (-1, *[1] * (len(pair.real.shape) - 1)))
        mixed = Pair(
            pair.real,
            tf.where(of_sample, pair.real, pair.generated),
            pair.conditions,
            (tf.where(swapped[:, None], others, texts),),
        )
        return {**pairs, DISCRIMINATOR: mixed}

    def generate(
        self,
        n: int,
        seed: int | None = None,
        labels: Any = None,
        *,
        text: "str | Sequence[str] | None" = None,
        truncation_psi: float = 1.0,
        averaged: bool = True,
        output: str | None = None,
    ) -> np.ndarray:
        """Draws samples that a text fits; the other arguments are those of `kgan.GAN.generate`.

        Args:
            n: How many.
            seed: 0 to 2**32 - 1; `None` takes a fresh one.
            labels: In place of `text`: one row of numbers `(text_dim,)`, or `n` of them, as batches have them. Without
                both, each word alone, in order; a model of vectors wants one of them.
            text: One text, or a list that samples go through over and over.
            truncation_psi: As in `kgan.GAN.generate`.
            averaged: As in `kgan.GAN.generate`.
            output: As in `kgan.GAN.generate`.

        Returns:
            float32 `(n, ...)`, samples in the value range.

        Raises:
            ValueError: if a text is empty or holds a word that the model does not know, both `labels` and `text` are
                given, the model has no encoder for it, or another argument is out of range.
        """
        if text is not None:
            if labels is not None:
                raise ValueError("Expected text or labels, which take its place. Received: both. Leave one out.")
            rows = self.rows_of([text] if isinstance(text, str) else list(text))
            labels = rows[np.arange(n) % len(rows)]
        return super().generate(n, seed, labels, truncation_psi=truncation_psi, averaged=averaged, output=output)

    def rows_of(self, texts: Sequence[str]) -> np.ndarray:
        """Texts as the networks take them, float32 `(n, text_dim)`.

        Raises:
            ValueError: if there is no text, one is empty or holds an unknown word, or the model has no encoder.
        """
        if not texts:
            raise ValueError("Expected at least one text. Received: an empty list.")
        if self.vocabulary is not None:
            return self.vocabulary.rows(texts)
        if self.encoder is None:
            raise ValueError(
                "Expected an encoder for text, because the model takes vectors. Received: none. Set model.encoder, or "
                "pass labels=vectors."
            )
        return np.asarray(self.encoder(list(texts)), np.float32)

    def _label_rows(self, n: int, labels: Any) -> np.ndarray:
        if self.vocabulary is not None:
            return super()._label_rows(n, labels)
        rows = np.asarray(np.nan if labels is None else labels, np.float32)
        if rows.shape not in ((self.num_tags,), (n, self.num_tags)) or not np.isfinite(rows).all():
            raise ValueError(
                f"Expected labels as a vector of {self.num_tags} finite numbers, or {n} of them. Received: "
                f"{'none' if labels is None else f'shape {rows.shape}'}. Pass those that your encoder makes of texts."
            )
        return np.broadcast_to(rows, (n, self.num_tags))

    def fit(self, x: Any = None, *arguments: Any, **named: Any) -> keras.callbacks.History:
        """Trains, as `kgan.GAN.fit`, on what `kgan.data.load_captions` returned, or on batches `(samples, texts)`.

        Raises:
            ValueError: as `kgan.GAN.fit`; also if the captions have other words than the model.
        """
        if isinstance(x, Splits):
            self.check_captions(x)
        return super().fit(x, *arguments, **named)

    def check_captions(self, splits: Splits) -> None:
        """Refuses data whose texts are not those of the model.

        Raises:
            ValueError: if there are none, or words or numbers are others.
        """
        captions = splits.captions
        if captions is None:
            raise ValueError("Expected pictures with captions, kgan.data.load_captions. Received: data without.")
        if captions.dim != self.num_tags or captions.words != self.class_names:
            raise ValueError(
                f"Expected captions as the model was made for, of {self.num_tags:,} numbers. Received: captions of "
                f"{captions.dim:,}{' other words' if captions.dim == self.num_tags else ''}. Load the same captions "
                f"with the same words and rarest, or make another model."
            )

    def get_config(self) -> dict[str, Any]:
        config: Mapping[str, Any] = super().get_config()
        dropped = ("num_classes", "class_names", "pac")
        return {
            **{name: value for name, value in config.items() if name not in dropped},
            "vocabulary": config["class_names"],
            "mismatched": self.mismatched,
        }
