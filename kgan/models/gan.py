"""GAN: noise in, samples out, trained against real data."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from kgan import augmentation as augmentations
from kgan import latents as latent_distributions
from kgan import schedules
from kgan._game import network_checks, networks, packing, squashing
from kgan._game.batch import DISCRIMINATOR, Batch
from kgan._step import purposes
from kgan._support.checks import whole
from kgan.data import batch_checks, faults, values
from kgan.data.splits import extract
from kgan.layers import grown
from kgan.metrics.measuring import try_out
from kgan.metrics.pairs import PairMetric
from kgan.metrics.reference import Reference
from kgan.models import fitting, label_names
from kgan.models.adversarial import AdversarialModel
from kgan.models.generation import Generating
from kgan.models.looking import LooksAtSamples

__all__ = ["GAN"]


@keras.saving.register_keras_serializable("kgan")
class GAN(Generating, LooksAtSamples, AdversarialModel):
    """A generative adversarial network: a generator learns to make what a discriminator cannot tell from real data.

    `min_G max_D  E_x[log D(x)] + E_z[log(1 - D(G(z)))]`, or another loss of `kgan.losses`. It is a `keras.Model`:
    `compile`, `fit`, `evaluate`, `predict` (latents in, samples out), `save` and Keras's callbacks work on it.

    Built and compiled in the scope of a `kgan.distribution.strategy`, it trains on several replicas, which share each
    batch of the data: the batch size is that of all together.

    Images reach `fit` as uint8, or as floats in [-1, 1]. Labels, where the data has them, are used when a network takes
    a second input or the discriminator has an output `"classes"`, and ignored otherwise. They are one class for each
    sample, integers `(batch,)`; where a network's second input is `(batch, num_tags)`, they are several tags, 0 or 1.

    Args:
        generator: A built Keras model from latents `(batch, latent_dim)`, or from `[latents, labels]`, to samples of
            any shape: images, vectors, sequences. The latent size is read off it. Of a dictionary of outputs, the one
            named `"images"` or `"samples"` is what the discriminator compares; the others, masks, say, are drawn and
            exported with it, by their names, and trained by objectives that read them.
        discriminator: A built Keras model from samples, or from `[samples, labels]`, to logits `(batch, 1)`, without
            a sigmoid; or to a dictionary of outputs with `"logits"` among them, for `kgan.objectives` that read others.
        latents: Where z comes from: `"normal"`, `"uniform"`, `"truncated_normal"` or a `kgan.latents.Latents`.
        num_classes: How many classes the labels have; required when a network takes labels that are no tags, unless
            their names are given.
        class_names: Names of the classes, or of the tags, in the order of their numbers, no two alike: `generate` takes
            them, and grids, reports and bundles show them. `None` for numbers alone.
        value_range: `(low, high)` of the samples, `None` for any. `"auto"` is (-1, 1) for images (rank 4 with the
            batch) and `None` for the rest.
        ema_half_life: Half-life, in images, of the average of the generator's weights that `generate`, `predict`,
            `evaluate` and exports use unless told otherwise; a number, or a `kgan.schedules.Schedule`. `None` uses the
            weights in training.
        pac: Samples that the discriminator sees at once, joined along their last axis (PacGAN): it is built for shapes
            `(..., pac * channels)`, takes no labels, and gives one logit for each pack. Losses and penalties take a
            pack for one sample. A generator that makes few different samples gives itself away in packs.
        seed: Where every random draw of training starts from; `None` takes a fresh one, kept as `gan.seed`;
            after `keras.utils.set_random_seed` it is drawn from that.
        name: Name of the model.

    Raises:
        TypeError: if a network is not a Keras model, or `class_names` is no list of text.
        ValueError: if the networks do not fit each other, an argument is out of range, classes and names differ in
            number, or none of several outputs of the generator is named as the samples.

    Attributes:
        samples_output: Which of the generator's outputs the samples are; `"samples"` for one that stands alone.
        sample_shape: Of a sample.

    Examples:
        >>> gan = kgan.GAN(
        ...     kgan.architectures.dcgan_generator((8, 8, 1), latent_dim=4, width=4, seed=0),
        ...     kgan.architectures.dcgan_discriminator((8, 8, 1), width=4, seed=0),
        ...     ema_half_life=1_000,
        ... )
        >>> gan.latent_dim, gan.sample_shape
        (4, (8, 8, 1))

    Reference:
        Goodfellow et al., 2014, Generative Adversarial Networks. arXiv:1406.2661;
        packing: Lin et al., 2018, PacGAN: The power of two samples in generative adversarial networks. arXiv:1712.04086
    """

    def __init__(
        self,
        generator: keras.Model,
        discriminator: keras.Model,
        *,
        latents: "str | latent_distributions.Latents" = "normal",
        num_classes: int | None = None,
        class_names: Sequence[str] | None = None,
        value_range: "tuple[float, float] | str | None" = "auto",
        ema_half_life: "float | schedules.Schedule | None" = None,
        pac: int = 1,
        seed: int | None = None,
        name: str | None = "gan",
    ):
        if num_classes is None and class_names is not None:
            num_classes = len(label_names.checked(class_names, None))
        pac = whole("pac", pac, 1)
        network_checks.check(generator, discriminator, num_classes, pac)
        output = networks.samples_name(generator)
        compares = {DISCRIMINATOR: output}
        super().__init__(generator, discriminator, compares=compares, ema_half_life=ema_half_life, seed=seed, name=name)
        self.samples_output = output
        generator_inputs = networks.input_shapes(generator, "generator")
        discriminator_inputs = networks.input_shapes(discriminator, "discriminator")
        self.pac = pac
        self.latent_dim = generator_inputs[0][1]
        self.sample_shape = networks.named_outputs(generator)[self.samples_output][1:]
        self.generator_takes_labels = len(generator_inputs) == 2
        self.discriminator_takes_labels = len(discriminator_inputs) == 2
        self.latents = latent_distributions.get(latents)
        self.latents.check_dim(self.latent_dim)
        self.num_tags = networks.num_tags(generator_inputs, discriminator_inputs)
        self.num_classes = None if num_classes is None or self.num_tags is not None else int(num_classes)
        self.class_names = class_names
        if value_range == "auto":
            value_range = values.IMAGE_RANGE if len(self.sample_shape) == 3 else None
        self.value_range = values.parse_range(value_range)
        tells_classes = "classes" in networks.output_shapes(discriminator, discriminator_inputs)
        takes_labels = self.generator_takes_labels or self.discriminator_takes_labels or tells_classes
        self._contract = batch_checks.Contract(
            discriminator_inputs[0] if pac == 1 else (None, *self.sample_shape),
            self.value_range,
            self.num_classes if takes_labels else None,
            self.num_tags if takes_labels else None,
        )
        self.fit_data: fitting.FitData | None = None
        self._hides_its_end = squashing.may_hide(discriminator)
        self._generate = {}  # by whether it is the average: a generator, and its traced function
        self._reference: Reference | None = None

    def check_augmentation(self, augmentation: Any) -> None:
        if augmentation is not None and augmentation.images_only:
            augmentations.check_images(self.sample_shape, self.value_range)

    def check_metrics(self, metrics: list) -> list:
        for metric in metrics:
            if isinstance(metric, PairMetric):
                raise ValueError(
                    f"Expected metrics of samples, as 'frechet_distance'. Received: {metric.name!r}, which compares "
                    f"outputs with their truths. Samples have none; kgan.Translation's outputs do."
                )
        return metrics

    def batch(self, data: Any, training: bool) -> Batch:
        real, labels = extract(data)
        batch_checks.check_specs(real, labels, self._contract)
        if training:
            packing.check_batch(real.shape[0], self.pac, tf.distribute.get_strategy().num_replicas_in_sync)
        z = self.latents.sample((tf.shape(real)[0], self.latent_dim), self.random_seed(purposes.LATENTS, training))
        return self.batch_of(real, labels, z)

    def play(self, data: Any, training: bool) -> Batch:
        """`batch`, by its earlier name."""
        return GAN.batch(self, data, training)  # not a subclass's, which may be what calls this one

    def round_of(self, real: Any, labels: Any, latents: tf.Tensor) -> Batch:
        """`batch_of`, by its earlier name."""
        return self.batch_of(real, labels, latents)

    def batch_of(self, real: Any, labels: Any, latents: tf.Tensor) -> Batch:
        """The batch of given reals, labels (where a network takes them) and latents."""
        real = values.to_float(tf.convert_to_tensor(real), self.value_range)
        for layer in grown(self.generator):  # reals have the detail of the stage that training has reached
            real = layer.at_stage(real)
        if not self._contract.takes_labels:
            return Batch(generator_inputs=latents, real=real, latents=latents)
        labels = tf.cast(labels, tf.int32 if self.num_tags is None else tf.float32)
        return Batch(
            generator_inputs=[latents, labels] if self.generator_takes_labels else latents,
            real=real,
            conditions=(labels,) if self.discriminator_takes_labels else (),
            latents=latents,
            labels=labels,
        )

    @faults.named()
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        *,
        initial_epoch: int = 0,
        initial_batch: int = 0,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Trains; what is not said here is as in [Keras](https://keras.io/api/models/model_training_apis/#fit-method).

        Arrays are streamed in shuffled batches without the short last one, so that one compiled step serves the whole
        fit; `validation_split` takes their last rows, as in Keras.

        Args:
            x: An array of samples (of NumPy, TensorFlow, PyTorch or pandas), a pair of arrays `(samples, labels)`, what
                `kgan.data.load` returns (its validation data is then used too), or a source of batches: a
                `tf.data.Dataset`, a `keras.utils.PyDataset`, a PyTorch `DataLoader` or a generator. All of an array
                and the first batch of a source are looked at before the first step.
            y: Labels for an array, `(n,)` integers or `(n, num_tags)` of 0 and 1; ignored when no network takes labels.
            batch_size: For arrays; 32 by default.
            validation_split: For an array, share in [0, 1) kept for validation; not used beside `validation_data`.
            validation_data: An array, `(samples, labels)`, or a source of batches.
            shuffle: For arrays.
            initial_batch: Batches of the initial epoch that a model saved in its midst has seen already: training goes
                on with the next, and with the epoch's figures as they were. For arrays and what `kgan.data.load`
                returns, whose order depends on nothing but a seed and `steps`.
            **kwargs: The other arguments of `keras.Model.fit`, but for weights of samples or classes, which this game
                does not have.

        Returns:
            The `keras.callbacks.History`.

        Examples:
            >>> points = np.random.default_rng(0).normal(3.0, 1.0, (640, 2)).astype("float32")
            >>> generator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2)])
            >>> discriminator = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
            >>> gan = kgan.GAN(generator, discriminator, seed=0)
            >>> gan.compile(loss="non_saturating")
            >>> history = gan.fit(points, batch_size=64, epochs=2, verbose=0)
            >>> sorted(history.history)
            ['discriminator_loss', 'generated_accuracy', 'generator_loss', 'real_accuracy']

        Raises:
            ValueError: if `compile` was not called, the data do not fit the networks or the value range, a source of
                batches is to be split, XLA cannot compile a layer, replicas cannot share a batch alike, or `pac` does
                not divide it.
            ClusterError: if another worker of a `multi_worker` strategy is gone.
            DataError: if what `kgan.data.load` streams cannot be read, or, with `strict`, a sample of it.
        """
        self._assert_compile_called("fit")
        fitting.refuse_weights(kwargs)
        prepare = fitting.Preparation(self._checked_arrays, self._checked_source, self.seed)
        data = prepare(
            x,
            y,
            batch_size,
            validation_split,
            validation_data,
            kwargs.pop("validation_batch_size", None),
            shuffle,
        )
        data = fitting.in_packs(data, self.pac)
        if self.sample_metrics and data.validation_data is not None:
            reference = self._reference_of(data.validation_data, None, kwargs.get("validation_steps"))
            try_out(self.sample_metrics, reference)
        with fitting.running(self, data, initial_batch) as in_order:
            return super().fit(
                **data.arguments([in_order, *fitting.listed(callbacks)], shuffle),
                epochs=epochs,
                verbose=verbose,
                initial_epoch=initial_epoch,
                **kwargs,
            )

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "latents": keras.saving.serialize_keras_object(self.latents),
            "num_classes": self.num_classes,
            "class_names": None if self.class_names is None else list(self.class_names),
            "value_range": self.value_range,
            "pac": self.pac,
        }
