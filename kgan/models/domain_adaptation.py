"""Domain adaptation: a classifier that learns from labels of one domain and tells classes of another."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from kgan import augmentation as augmentations
from kgan import schedules
from kgan._game import domain_checks
from kgan._game.batch import DISCRIMINATOR, Batch
from kgan._support import limits
from kgan.data import values
from kgan.models import fitting, label_names
from kgan.models.adversarial import AdversarialModel
from kgan.models.domain_classifier import DomainClassifier
from kgan.models.fitting_domains import FitsDomains

__all__ = ["DomainAdaptation"]

_BATCH = 64


@keras.saving.register_keras_serializable("kgan")
class DomainAdaptation(FitsDomains, AdversarialModel):
    """A classifier of a source with labels that also holds on a target without: features of both domains become alike.

    The discriminator tells features of the source, as reals, from those of the target. There are two ways to play:

    * gradient reversal (DANN): `compile(loss="gradient_reversal", objectives=["class_cross_entropy"])`. Both domains go
      through one network, which learns the classes of the source and to confuse the discriminator, at once.
    * adversarial matching (ADDA): `shared=False` and any loss, `"non_saturating"` in the paper. Features and classifier
      learn the source first, `pretrain("class_cross_entropy")` or `kgan.callbacks.Pretraining`; the source's features
      then stay as they are, and a copy for the target learns to be taken for them.

    `fit` takes `((images, labels), target_images)`, what `kgan.data.load_domains` gives, or a `tf.data.Dataset` of such
    batches. Labels of the target are never trained on. With `metrics=["class_accuracy"]` held-out samples are measured,
    `val_source_class_accuracy`, and `val_target_class_accuracy` where the target has labels.

    Args:
        features: A built Keras model from samples `(batch, ...)` to features `(batch, n)`.
        classifier: A built Keras model from features to logits `(batch, classes)`, without a softmax.
        discriminator: A built Keras model from features to logits `(batch, 1)`, without a sigmoid.
        shared: Whether one network of features serves both domains; `False` for ADDA.
        class_names: Names of the classes in their order, which exports have; `None` for their numbers.
        value_range: `(low, high)` of samples, `None` for any. `"auto"` is (-1, 1) for images (rank 4 with the batch)
            and `None` for the rest.
        ema_half_life: Half-life, in images, of the average of the weights that `classify`, `evaluate` and exports use;
            a number or a `kgan.schedules.Schedule`. `None` uses the weights in training.
        seed: Of every random draw in training; `None` takes a fresh one, kept as `seed`; after
            `keras.utils.set_random_seed` it is drawn from that.
        name: Name of the model.

    Raises:
        TypeError: if a network is not a Keras model.
        ValueError: if the networks do not fit each other, or an argument is out of range.

    Examples:
        >>> model = kgan.DomainAdaptation(
        ...     kgan.architectures.picture_features((8, 8, 1), widths=(4,), kernel_size=3),
        ...     kgan.architectures.dense_classifier((64,), num_classes=3, width=8),
        ...     kgan.architectures.domain_discriminator((64,), width=8),
        ... )
        >>> model.compile(loss="gradient_reversal", objectives=["class_cross_entropy"])
        >>> images, labels = np.zeros((12, 8, 8, 1), "uint8"), np.arange(12) % 3
        >>> target = np.ones((8, 8, 8, 1), "uint8") * 9
        >>> history = model.fit((images, labels), target, batch_size=4, verbose=0)
        >>> model.classify(target).shape
        (8, 3)

    Reference:
        Ganin et al., 2016, Domain-Adversarial Training of Neural Networks. arXiv:1505.07818;
        Tzeng et al., 2017, Adversarial Discriminative Domain Adaptation. arXiv:1702.05464
    """

    def __init__(
        self,
        features: keras.Model,
        classifier: keras.Model,
        discriminator: keras.Model,
        *,
        shared: bool = True,
        class_names: Sequence[str] | None = None,
        value_range: "tuple[float, float] | str | None" = "auto",
        ema_half_life: "float | schedules.Schedule | None" = None,
        seed: int | None = None,
        name: str | None = "domain_adaptation",
    ):
        shapes = domain_checks.check(features, classifier, discriminator)
        super().__init__(
            DomainClassifier(features, classifier, shared, name="domain_classifier"),
            discriminator,
            compares={DISCRIMINATOR: "target"},
            reals={DISCRIMINATOR: "source"},
            ema_half_life=ema_half_life,
            seed=seed,
            name=name,
        )
        self.shared = bool(shared)
        self.sample_shape, self.num_classes = shapes.sample[1:], shapes.classes
        self.class_names = label_names.checked(class_names, self.num_classes)
        if value_range == "auto":
            value_range = values.IMAGE_RANGE if len(self.sample_shape) == 3 else None
        self.value_range = values.parse_range(value_range)
        self.fit_data: fitting.FitData | None = None
        self._classifying: dict[bool, Any] = {}

    @property
    def features(self) -> keras.Model:
        """The network from samples to features, in training."""
        return self.generator.features

    @property
    def classifier(self) -> keras.Model:
        """The network from features to logits of classes, in training."""
        return self.generator.classifier

    # --- what a batch is ---

    def batch(self, data: Any, training: bool) -> Batch:
        if not isinstance(data, tuple | list) or len(data) < 2 or not isinstance(data[0], tuple | list):
            raise ValueError(
                "Expected batches ((source, labels), target). Received: others. Pass fit((images, labels), target), or "
                "what kgan.data.load_domains gives."
            )
        (source, labels), target = data[0][:2], data[1]
        target = target[0] if isinstance(target, tuple | list) else target  # whose labels are for metrics alone
        samples = [values.to_float(tf.convert_to_tensor(one), self.value_range) for one in (source, target)]
        return Batch(generator_inputs=samples, real={}, labels=tf.cast(labels, tf.int32))

    def pretrain(self, objective: str | None, fresh_optimizer: bool = True, learning_rate_factor: float = 1.0) -> None:
        """As `kgan.AdversarialModel.pretrain`; where features are not shared, the source's become those learned so far.

        Args:
            objective: `"class_cross_entropy"`; `None` for the game.
            fresh_optimizer: Whether the game begins, so that the optimizer starts afresh; else training only ends.
            learning_rate_factor: As there.

        Raises:
            ValueError: if there is no such objective, or `learning_rate_factor` is not positive.
        """
        begins = self.pretraining is not None and objective is None and fresh_optimizer
        learns = objective is not None
        if learns:
            self._check_pretraining(objective)  # before anything changes
        for generator in (self.generator, self.ema_generator):
            if generator is not None:
                generator.learns_classes = learns
                if begins:
                    generator.take_over()
        super().pretrain(objective, fresh_optimizer, learning_rate_factor)

    def passed_on(self, used: "set[str]") -> "set[str]":
        """Classes, where features are not shared: they may be learned before the game alone."""
        return set() if self.shared else {"classes"}

    def _check_outputs_used(self, plan: Any) -> None:
        if self.shared and not any("classes" in one.generator_outputs for one in plan.objectives):
            raise ValueError(
                "Expected an objective that learns the classes of the source. Received: none. Pass "
                "compile(objectives=['class_cross_entropy'])."
            )
        super()._check_outputs_used(plan)

    def check_augmentation(self, augmentation: "augmentations.Augmentation | None") -> None:
        if augmentation is not None:
            raise ValueError(
                f"Expected augmentation=None, because the discriminator sees features. Received: {augmentation.name!r}."
            )

    # --- classes ---

    def call(self, inputs: Any, training: bool | None = False) -> Any:
        """Probabilities of classes `(batch, classes)` for samples: uint8, or floats in the value range."""
        if tf.is_tensor(inputs) or hasattr(inputs, "__array__"):  # symbolic ones are what Keras makes of them
            inputs = values.to_float(tf.convert_to_tensor(inputs), self.value_range)
        generator = self.generator if training else self.inference_generator
        features = generator.features(inputs, training=training)
        return ops.softmax(ops.cast(generator.classifier(features, training=training), "float32"))

    def classify(self, samples: np.ndarray, *, averaged: bool = True) -> np.ndarray:
        """Probabilities of classes, in inference mode.

        Args:
            samples: `(n, ...)`, images as uint8 or as floats in the value range.
            averaged: Whether the averaged networks tell, where there are any; `False` takes those in training.

        Returns:
            float32 `(n, classes)`, each row a sum of 1.

        Raises:
            ValueError: if the samples do not fit the networks or the value range.
        """
        samples = np.asarray(samples)
        self._check_samples("samples", samples)
        limits.check_bytes("samples", len(samples), 4 * len(samples) * self.num_classes, "Pass fewer at once.")
        told = self._traced(averaged)
        parts = (tf.constant(samples[start : start + _BATCH]) for start in range(0, len(samples), _BATCH))
        return np.concatenate([told(values.to_float(part, self.value_range)).numpy() for part in parts])

    def _traced(self, averaged: bool) -> Any:
        generator = self.inference_generator if averaged else self.generator
        if averaged not in self._classifying or self._classifying[averaged][0] is not generator:

            def told(inputs):
                logits = generator.classifier(generator.features(inputs, training=False), training=False)
                return tf.nn.softmax(tf.cast(logits, tf.float32))

            inputs = tf.TensorSpec((None, *self.sample_shape), tf.float32)  # of any number, traced once
            self._classifying[averaged] = (generator, tf.function(told, input_signature=[inputs]))
        return self._classifying[averaged][1]

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        serialize = keras.saving.serialize_keras_object
        for derived in ("generator", "compares", "reals"):
            config.pop(derived, None)
        return {
            **config,
            "features": serialize(self.features),
            "classifier": serialize(self.classifier),
            "shared": self.shared,
            "class_names": None if self.class_names is None else list(self.class_names),
            "value_range": self.value_range,
        }
