"""Molecules: SMILES written token by token."""

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from kgan import architectures, schedules
from kgan import augmentation as augmentations
from kgan._game import networks
from kgan._game.batch import DISCRIMINATOR, Batch
from kgan._step import purposes
from kgan.data.molecules.vocabulary import SmilesVocabulary
from kgan.data.splits import Splits
from kgan.models import fitting
from kgan.models.adversarial import AdversarialModel
from kgan.models.fitting_molecules import FitsMolecules
from kgan.models.sampling_molecules import SamplesMolecules
from kgan.models.token_generator import MOLECULES, token_generator

__all__ = ["Molecules"]

_NOISE = purposes.own(0)


@keras.saving.register_keras_serializable("kgan")
class Molecules(FitsMolecules, SamplesMolecules, AdversarialModel):
    """A generator of molecules, which writes SMILES token by token, and a discriminator of whole molecules.

    Tokens are drawn by Gumbel's maximum with noise that is given, and a gradient passes straight through, so that the
    generator learns from the discriminator without rewards that are tried out. It begins as a language model: `compile`
    it with `objectives=["likelihood"]`, and `fit` it with `kgan.callbacks.Pretraining(objective="likelihood")`; the
    objective stays in the game, and holds the generator near the data.

    `fit` takes what `kgan.data.load_molecules` gives, or a list of SMILES.

    Args:
        generator: A built Keras model from `[token, state_0, ...]` to `"scores"` of the next token and
            `"next_state_0"`, ..., as `kgan.architectures.smiles_generator`.
        discriminator: A built Keras model from `(batch, length, tokens)` to logits `(batch, 1)`.
        vocabulary: The tokens, `splits.vocabulary`, or what its `to_dict` gave.
        temperature: Of the softmax that the gradient sees, above 0; tokens are drawn without.
        ema_half_life: Half-life, in molecules, of the average of the generator's weights that `sample`, `evaluate` and
            exports use; a number or a `kgan.schedules.Schedule`. `None` uses the weights in training.
        seed: Of every random draw in training; `None` takes a fresh one, kept as `seed`; after
            `keras.utils.set_random_seed` it is drawn from that.
        name: Name of the model.

    Raises:
        TypeError: if a network is not a Keras model, or `vocabulary` is none.
        ValueError: if the networks do not fit the vocabulary, or an argument is out of range.

    Examples:
        >>> alcohols = ["C" * number + "O" for number in range(1, 21)]
        >>> splits = kgan.data.load_molecules(alcohols, batch_size=4, validation_split=0.0)
        >>> molecules = kgan.Molecules.of(splits, width=8, seed=0)
        >>> molecules.compile(loss="non_saturating", objectives=["likelihood"])
        >>> history = molecules.fit(splits, epochs=1, verbose=0)
        >>> len(molecules.sample(3, seed=0))
        3

    Reference:
        Nie et al., 2019, RelGAN: Relational Generative Adversarial Networks for Text Generation. ICLR; Jang et al.,
        2017, Categorical Reparameterization with Gumbel-Softmax. arXiv:1611.01144
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        vocabulary: "SmilesVocabulary | Mapping[str, Any]",
        *,
        temperature: float = 1.0,
        ema_half_life: "float | schedules.Schedule | None" = None,
        seed: int | None = None,
        name: str | None = "molecules",
    ):
        if not isinstance(vocabulary, SmilesVocabulary | Mapping):
            raise TypeError(
                f"Expected vocabulary as that of kgan.data.load_molecules. Received: a {type(vocabulary).__name__}."
            )
        self.vocabulary = (
            vocabulary if isinstance(vocabulary, SmilesVocabulary) else SmilesVocabulary.from_dict(vocabulary)
        )
        if not temperature > 0.0:
            raise ValueError(f"Expected temperature > 0. Received: temperature={temperature}.")
        _check(generator, discriminator, self.vocabulary)
        super().__init__(
            token_generator(generator, self.vocabulary.length, temperature),
            discriminator,
            compares={DISCRIMINATOR: MOLECULES},
            ema_half_life=ema_half_life,
            seed=seed,
            name=name,
        )
        self._network_name = generator.name
        self.temperature = float(temperature)
        self.sample_shape = (self.vocabulary.length, self.vocabulary.size)
        self.state_widths = tuple(one.shape[-1] for one in generator.inputs[1:])
        self.value_range = None
        self.fit_data: fitting.FitData | None = None

    @classmethod
    def of(
        cls,
        data: "Splits | SmilesVocabulary",
        *,
        width: int = 512,
        layers: int = 1,
        cell: str = "gru",
        seed: int | None = None,
        **arguments: Any,
    ) -> "Molecules":
        """A model with kgan's networks for molecules, not compiled yet.

        Args:
            data: What `kgan.data.load_molecules` returned, or its vocabulary.
            width: Units of the generator's recurrent layers; the discriminator's convolutions have a quarter of it.
            layers: Recurrent layers.
            cell: `"gru"` or `"lstm"`.
            seed: Of the initial weights, and of training.
            **arguments: The other arguments of the constructor.

        Raises:
            TypeError: if `data` has no vocabulary.
            ValueError: if a number is out of range, or there is no such cell.
        """
        vocabulary = data.vocabulary if isinstance(data, Splits) else data
        if not isinstance(vocabulary, SmilesVocabulary):
            raise TypeError(f"Expected what kgan.data.load_molecules returns. Received: a {type(data).__name__}.")
        shape, other = (vocabulary.length, vocabulary.size), None if seed is None else seed + 1000
        return cls(
            architectures.smiles_generator(shape, width=width, layers=layers, cell=cell, seed=seed),
            architectures.smiles_discriminator(shape, width=max(1, width // 4), seed=other),
            vocabulary,
            seed=seed,
            **arguments,
        )

    def network(self, averaged: bool = True) -> keras.Model:
        """The network of one token: the average, where there is one, or the one in training."""
        return self.network_of(self.inference_generator if averaged else self.generator)

    def network_of(self, generator: keras.Model) -> keras.Model:
        """The network within the generator side, or a copy of it."""
        return generator.get_layer(self._network_name)

    def check_augmentation(self, augmentation: "augmentations.Augmentation | None") -> None:
        if augmentation is not None:
            raise ValueError(f"Expected augmentation=None for molecules. Received: {augmentation.name!r}.")

    # --- what a batch is ---

    def batch(self, data: Any, training: bool) -> Batch:
        codes = data[0] if isinstance(data, tuple | list) else data
        if len(codes.shape) != 2 or codes.shape[1] != self.vocabulary.length:
            raise ValueError(
                f"Expected batches of codes (batch, {self.vocabulary.length}), as kgan.data.load_molecules gives them. "
                f"Received: shape {tuple(codes.shape)}. Pass a list of SMILES to fit or evaluate."
            )
        real = tf.one_hot(tf.cast(codes, tf.int32), self.vocabulary.size, dtype=tf.float32)  # (b, length, tokens)
        shape = tf.shape(real)
        uniform = tf.random.stateless_uniform(shape, self.random_seed(_NOISE, training), minval=1e-20)
        noise = -tf.math.log(-tf.math.log(uniform))
        return Batch(generator_inputs=[noise, real], real=real, latents=None)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        for derived in ("compares", "reals"):
            config.pop(derived, None)
        return {
            **config,
            "generator": keras.saving.serialize_keras_object(self.network_of(self.generator)),
            "vocabulary": self.vocabulary.to_dict(),
            "temperature": self.temperature,
        }


def _check(generator: Any, discriminator: Any, vocabulary: SmilesVocabulary) -> None:
    """Refuses networks that do not fit the vocabulary."""
    received = networks.input_shapes(generator, "generator")
    made = networks.named_outputs(generator)
    names = {"scores", *(f"next_state_{layer}" for layer in range(len(received) - 1))}
    if (
        set(made) != names
        or received[0][1:] != (vocabulary.size,)
        or made["scores"][1:] != (vocabulary.size,)
        or any(made[f"next_state_{layer}"][1:] != one[1:] for layer, one in enumerate(received[1:]))
    ):
        raise ValueError(
            f"Expected a generator from a token and states to 'scores' of {vocabulary.size} tokens and 'next_state_0', "
            f"... Received: {generator.name!r} from {received} to {made}. Build it with "
            f"kgan.architectures.smiles_generator(({vocabulary.length}, {vocabulary.size}))."
        )
    taken = networks.input_shapes(discriminator, "discriminator")
    if [one[1:] for one in taken] != [(vocabulary.length, vocabulary.size)]:
        raise ValueError(
            f"Expected a discriminator of molecules ({vocabulary.length}, {vocabulary.size}). Received: "
            f"{discriminator.name!r}, which takes {taken}. Build it for that shape."
        )
