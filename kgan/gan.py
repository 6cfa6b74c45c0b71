"""GAN: noise in, samples out, trained against real data."""

import keras
import numpy as np
import tensorflow as tf

from kgan import latents as latent_distributions
from kgan import networks, samples
from kgan.adversarial import LATENTS, AdversarialModel, Round
from kgan.data import arrays

_GENERATION_BATCH = 64


@keras.saving.register_keras_serializable("kgan")
class GAN(AdversarialModel):
    """A generative adversarial network: a generator learns to make what a discriminator cannot tell from real data.

    `min_G max_D  E_x[log D(x)] + E_z[log(1 - D(G(z)))]`, or another loss of `kgan.losses`. It is a `keras.Model`:
    `compile`, `fit`, `evaluate`, `predict` (latents in, samples out), `save` and Keras's callbacks work on it.

    Images reach `fit` as uint8, or as floats in [-1, 1]. Labels, where the data has them, are used when a network takes
    a second input, and ignored when none does.

    Args:
        generator: A built Keras model from latents `(batch, latent_dim)`, or from `[latents, labels]`, to samples of
            any shape: images, vectors, sequences. The latent size is read off it.
        discriminator: A built Keras model from samples, or from `[samples, labels]`, to logits `(batch, 1)`, without
            a sigmoid.
        latents: Where z comes from: `"normal"`, `"uniform"` or a `kgan.latents.Latents`.
        num_classes: How many classes the labels have; required when a network takes labels.
        value_range: `(low, high)` of the samples, `None` for any. `"auto"` is (-1, 1) for images (rank 4 with the
            batch) and `None` for the rest.
        ema_half_life: Half-life, in images, of the average of the generator's weights that `generate`, `predict`,
            `evaluate` and exports use. `None` uses the weights in training.
        seed: Where every random draw of training starts from; `None` takes a fresh one, kept as `gan.seed`.
        name: Name of the model.

    Raises:
        TypeError: A network is not a Keras model.
        ValueError: The networks cannot play together, or an argument is out of range.

    Reference:
        Goodfellow et al., 2014, Generative Adversarial Networks. arXiv:1406.2661
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *,
        latents: "str | latent_distributions.Latents" = "normal",
        num_classes: int | None = None,
        value_range: "tuple[float, float] | str | None" = "auto",
        ema_half_life: float | None = None,
        seed: int | None = None,
        name: str | None = "gan",
    ):
        networks.check(generator, discriminator, num_classes)
        super().__init__(generator, discriminator, ema_half_life=ema_half_life, seed=seed, name=name)
        generator_inputs = networks.input_shapes(generator, "generator")
        discriminator_inputs = networks.input_shapes(discriminator, "discriminator")
        self.latent_dim = generator_inputs[0][1]
        self.sample_shape = networks.output_shape(generator, generator_inputs)[1:]
        self.generator_takes_labels = len(generator_inputs) == 2
        self.discriminator_takes_labels = len(discriminator_inputs) == 2
        self.latents = latent_distributions.get(latents)
        self.num_classes = None if num_classes is None else int(num_classes)
        if value_range == "auto":
            value_range = samples.IMAGE_RANGE if len(self.sample_shape) == 3 else None
        self.value_range = None if value_range is None else (float(value_range[0]), float(value_range[1]))
        self._real_shape = discriminator_inputs[0]
        self._generate = tf.function(
            lambda *inputs: self(list(inputs) if len(inputs) > 1 else inputs[0], training=False), reduce_retracing=True
        )

    def play(self, data, training):
        real, labels, _ = keras.utils.unpack_x_y_sample_weight(data)
        samples.check_spec(real.shape, real.dtype, self._real_shape, self.value_range)
        real = samples.to_float(real)
        z = self.latents.sample((tf.shape(real)[0], self.latent_dim), self.random_seed(LATENTS, training))
        if not (self.generator_takes_labels or self.discriminator_takes_labels):
            return Round(generator_inputs=z, real=real)
        if labels is None:
            raise ValueError(
                "Expected data of (samples, labels), because a network takes labels. Received: samples only. "
                "Pass fit(x, y), or a dataset that yields pairs."
            )
        labels = tf.cast(labels, tf.int32)
        return Round(
            generator_inputs=[z, labels] if self.generator_takes_labels else z,
            real=real,
            conditions=(labels,) if self.discriminator_takes_labels else (),
        )

    def fit(self, x=None, y=None, batch_size=None, validation_split=0.0, shuffle=True, **kwargs):
        """Trains, as `keras.Model.fit` does.

        Arrays are streamed in shuffled batches without the short last one, so that one compiled step serves the whole
        fit; `validation_split` takes their last rows, as in Keras.

        Args:
            x: An array of samples, a `tf.data.Dataset` of batches (see `kgan.data.load`), or anything Keras takes.
            y: Labels for arrays, `(n,)`; ignored when no network takes labels.
            batch_size: For arrays; 32 by default.
            validation_split: For arrays, share in [0, 1) kept for validation.
            shuffle: For arrays.
            **kwargs: The other arguments of `keras.Model.fit`.

        Returns:
            The `keras.callbacks.History`.

        Raises:
            ValueError: `compile` was not called, or the samples do not fit the networks or the value range.
        """
        self._assert_compile_called("fit")
        self._check_real(x)
        if isinstance(x, tf.data.Dataset):
            shuffle = False  # the dataset's own business; Keras warns about its own default otherwise
        if not isinstance(x, np.ndarray):
            return super().fit(
                x, y, batch_size=batch_size, validation_split=validation_split, shuffle=shuffle, **kwargs
            )
        kept = len(x) - int(len(x) * validation_split)
        if validation_split and kwargs.get("validation_data") is None:
            kwargs["validation_data"] = arrays.batches(
                x[kept:], None if y is None else y[kept:], batch_size=batch_size or 32
            )
            x, y = x[:kept], None if y is None else y[:kept]
        dataset = arrays.batches(
            x, y, batch_size=batch_size or 32, shuffle_seed=self.seed if shuffle else None, drop_remainder=True
        )
        return super().fit(dataset, shuffle=False, **kwargs)

    def _check_real(self, x) -> None:
        """Looks at the data before the first step: all of an array, the first batch of a dataset of floats."""
        if isinstance(x, tf.data.Dataset):
            spec = x.element_spec
            spec = spec[0] if isinstance(spec, tuple) else spec
            samples.check_spec(spec.shape, spec.dtype, self._real_shape, self.value_range)
            if spec.dtype == tf.uint8:
                return
            batch = next(iter(x.take(1)))
            x = (batch[0] if isinstance(batch, tuple) else batch).numpy()
        elif isinstance(x, keras.utils.PyDataset):
            batch = x[0]
            x = np.asarray(batch[0] if isinstance(batch, tuple) else batch)
        if isinstance(x, np.ndarray):
            samples.check_spec(x.shape, x.dtype, self._real_shape, self.value_range)
            samples.check_values(x, self.value_range)

    def generate(self, n: int, seed: int | None = None, labels=None) -> np.ndarray:
        """Draws samples from the generator.

        Args:
            n: How many, at least 1.
            seed: 0 to 2**32 - 1. The same seed gives the same samples here, in the exported ONNX and in the SavedModel,
                and the first samples do not depend on `n`. `None` takes a fresh one.
            labels: For a generator that takes labels: one class, or `n` of them. `None` goes through the classes in
                order: 0, 1, 2, ..., 0, 1, ...

        Returns:
            float32 `(n, ...)` in the value range.

        Raises:
            ValueError: `n`, `seed` or `labels` is out of range.
        """
        if n < 1:
            raise ValueError(f"Expected n >= 1. Received: n={n}.")
        inputs = [self.latents.draw(n, self.latent_dim, seed)]
        if self.generator_takes_labels:
            inputs.append(self._labels(n, labels))
        elif labels is not None:
            raise ValueError(f"Expected labels=None, because the generator takes none. Received: labels={labels!r}.")
        batches = [
            self._generate(*(tf.constant(one[start : start + _GENERATION_BATCH]) for one in inputs)).numpy()
            for start in range(0, n, _GENERATION_BATCH)
        ]
        return np.concatenate(batches).astype(np.float32, copy=False)

    def _labels(self, n: int, labels) -> np.ndarray:
        if labels is None:
            return (np.arange(n) % self.num_classes).astype(np.int32)
        labels = np.asarray(labels)
        if labels.ndim > 1 or labels.dtype.kind not in "iu" or (labels.ndim == 1 and len(labels) != n):
            raise ValueError(
                f"Expected labels to be one class or {n} of them, as integers. "
                f"Received: shape {labels.shape}, type {labels.dtype}."
            )
        if labels.min() < 0 or labels.max() >= self.num_classes:
            raise ValueError(
                f"Expected labels between 0 and {self.num_classes - 1}. "
                f"Received: values from {labels.min()} to {labels.max()}."
            )
        return np.broadcast_to(labels, (n,)).astype(np.int32)

    def get_config(self):
        return {
            **super().get_config(),
            "latents": keras.saving.serialize_keras_object(self.latents),
            "num_classes": self.num_classes,
            "value_range": self.value_range,
        }
