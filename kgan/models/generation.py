"""Drawing samples from a generator of latents, and measuring them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan._game import networks
from kgan._game.style_parts import StyleParts
from kgan._step import growth
from kgan._support import limits, lookup
from kgan._support.checks import whole
from kgan.metrics.measuring import measure
from kgan.metrics.reference import Reference
from kgan.models import drawing_labels, label_names

__all__ = ["Generating"]

_BATCH = 64
_LATENT_COPIES = 3  # a draw is float64 before it is float32, in numbers of float32


class Generating:
    """`generate` of a `kgan.GAN`, and the metrics of what it draws; mixed in before `kgan.AdversarialModel`.

    It reads the model's `latents` and `latent_dim`, `sample_shape`, and which labels the generator takes.
    """

    @property
    def class_names(self) -> tuple[str, ...] | None:
        """Names of the classes, or of the tags, in the order of their numbers; `None` for numbers alone. May be set.

        Raises:
            TypeError: when it is set, if it is no list of text.
            ValueError: when it is set, if there are not as many as classes or tags, or two are alike.
        """
        return self._class_names

    @class_names.setter
    def class_names(self, class_names: Sequence[str] | None) -> None:
        self._class_names = label_names.checked(class_names, self.num_tags or self.num_classes)

    def passed_on(self, used: "set[str]") -> "set[str]":
        """Further outputs that are made of weights which those that are used train, or of none."""
        return {name for name in self.generator_outputs if not networks.has_weights_apart(self.generator, name, used)}

    def generate(
        self,
        n: int,
        seed: int | None = None,
        labels: Any = None,
        *,
        truncation_psi: float = 1.0,
        averaged: bool = True,
        output: str | None = None,
    ) -> np.ndarray:
        """Draws samples from the generator.

        Args:
            n: How many, at least 1, and no more than 16 GiB hold twice (`kgan.limits`).
            seed: 0 to 2**32 - 1. The same seed gives the same samples here, in the exported ONNX and in the SavedModel,
                and the first samples do not depend on `n`. `None` takes a fresh one, from
                Keras's where `keras.utils.set_random_seed` was called. It seeds latents alone: a generator with layers
                that draw noise of their own gives other samples each time.
            labels: For a generator that takes labels: one class, or `n` of them; or one row of tags `(num_tags,)`, or
                `n` of them. `None` goes through the classes, or each tag alone, in order: 0, 1, 2, ..., 0, 1, ...
                Where the model has `class_names`, `"Flags"` or a list of `n` names; of tags, a list of those that all
                samples have, or `n` such lists. Text is always a name, a number always a number.
            truncation_psi: Latents are drawn towards their mean by this factor: below 1, samples are more typical and
                less diverse; at 0 all are the same. In [0, 2]. A generator of styles, as StyleGAN2's, draws w towards
                its mean.
            averaged: Draw from the averaged generator, where there is one; `False` draws from the one in training.
            output: Which of the generator's named outputs, `"masks"`; `None` for the samples. The same seed gives the
                masks of the samples.

        Returns:
            float32 `(n, ...)`, samples in the value range.

        Examples:
            >>> gan = kgan.GAN(
            ...     kgan.architectures.dcgan_generator((8, 8, 1), latent_dim=4, width=4, num_classes=3),
            ...     kgan.architectures.dcgan_discriminator((8, 8, 1), width=4, num_classes=3),
            ...     num_classes=3,
            ... )
            >>> gan.generate(16, seed=0, labels=2).shape
            (16, 8, 8, 1)
            >>> gan.class_names = ["Flags", "Food", "People"]
            >>> bool((gan.generate(4, seed=0, labels="People") == gan.generate(4, seed=0, labels=2)).all())
            True

        Raises:
            ValueError: if `n` is less than 1 or too many, `seed`, `labels` or `truncation_psi` is out of range, no
                class has such a name, labels are given to a generator that takes none, or it has no such output.
        """
        n = whole("n", n, 1)
        limits.check_bytes(
            "n",
            n,
            # the batches, and all of them joined
            n * (_LATENT_COPIES * self.latent_dim * 4 + 2 * self._bytes_of(output)),
            "Draw them in several calls with a seed each, or as gan.generate_in_batches gives them; "
            "examples/ray_sample.py draws any number to disk.",
        )
        batches = self.generate_in_batches(
            n, seed, labels, truncation_psi=truncation_psi, averaged=averaged, output=output
        )
        return np.concatenate(list(batches)).astype(np.float32, copy=False)

    def _bytes_of(self, output: str | None) -> int:
        """How many bytes a sample has, or that of another output.

        Raises:
            ValueError: if the generator has no such output.
        """
        shapes = networks.named_outputs(self.generator)
        shape = shapes[self.samples_output] if output is None else lookup.find("output", output, shapes)
        return limits.array_bytes([size or 1 for size in shape[1:]])

    def generate_in_batches(
        self,
        n: int,
        seed: int | None = None,
        labels: Any = None,
        *,
        truncation_psi: float = 1.0,
        averaged: bool = True,
        output: str | None = None,
    ) -> Iterator[np.ndarray]:
        """The same samples as `generate`, a batch at a time, for more than memory holds; latents are drawn at once.

        Args:
            n: How many, at least 1; 16 GiB must hold their latents.
            seed: As in `generate`.
            labels: As in `generate`.
            truncation_psi: As in `generate`.
            averaged: As in `generate`.
            output: As in `generate`.

        Returns:
            An iterator of float `(at most 64, ...)`.

        Raises:
            ValueError: if `n` is less than 1 or too many, `seed`, `labels` or `truncation_psi` is out of range, no
                class has such a name, labels are given to a generator that takes none, or it has no such output.
        """
        n = whole("n", n, 1)
        limits.check_bytes(
            "n",
            n,
            n * (_LATENT_COPIES * self.latent_dim + (self.num_tags or 1)) * 4 + _BATCH * self._bytes_of(output),
            "Draw them in several calls with a seed each; examples/ray_sample.py does so.",
        )
        if not 0.0 <= truncation_psi <= 2.0:
            raise ValueError(f"Expected truncation_psi in [0, 2]. Received: truncation_psi={truncation_psi}.")
        z = self.latents.draw(n, self.latent_dim, seed)
        if truncation_psi != 1.0 and StyleParts.found_in(self.generator) is None:
            z = self.latents.truncated(z, truncation_psi)
        inputs = [z]
        if self.generator_takes_labels:
            inputs.append(self._label_rows(n, labels))
        elif labels is not None:
            raise ValueError(f"Expected labels=None, because the generator takes none. Received: labels={labels!r}.")
        psi = tf.constant(truncation_psi, tf.float32)
        specs = [tf.TensorSpec((None, *one.shape[1:]), one.dtype) for one in inputs]
        generate = self._generating(averaged, output or self.samples_output, specs)
        return (
            generate(psi, *(tf.constant(one[start : start + _BATCH]) for one in inputs)).numpy()
            for start in range(0, n, _BATCH)
        )

    def _label_rows(self, n: int, labels: Any) -> np.ndarray:
        """What `n` samples are drawn with: classes, or rows of tags.

        Raises:
            ValueError: if they are not what the generator takes.
        """
        if self.num_tags is None:
            return drawing_labels.classes(n, labels, self.num_classes, self.class_names)
        return drawing_labels.tags(n, labels, self.num_tags, self.class_names)

    def _generating(self, averaged: bool, output: str, signature: Sequence[tf.TensorSpec]) -> Callable:
        """The function that draws a batch of any size, one graph of a generator: TensorFlow warns of functions that
        are traced often, and takes those of several GANs in a process for one."""
        generator = self.inference_generator if averaged else self.generator
        made_of, which = (generator, growth.stages(generator)), (averaged, output)
        if which not in self._generate or self._generate[which][0] != made_of:
            parts = StyleParts.found_in(generator)

            def generate(psi, *inputs):
                given = list(inputs) if len(inputs) > 1 else inputs[0]
                if parts is not None:
                    return parts.images(given, psi)
                return networks.samples_of(generator(given, training=False), output)

            traced = tf.function(generate).get_concrete_function(tf.TensorSpec((), tf.float32), *signature)
            self._generate[which] = (made_of, traced)
        return self._generate[which][1]

    def measured(self, source: Any, labels: Any, steps: int | None, averaged: bool) -> dict[str, float]:
        return measure(self, self.sample_metrics, self._reference_of(source, labels, steps), averaged)

    def _reference_of(self, source, labels, steps) -> Reference:
        """The reals to measure against; what was measured on them before is kept."""
        earlier = self._reference
        repeated = isinstance(source, tf.data.Dataset | keras.utils.PyDataset)  # an array may have changed in place
        if earlier is None or not repeated or earlier.source is not source or earlier.steps != steps:
            self._reference = Reference(source, labels, value_range=self.value_range, steps=steps)
            if earlier is not None:
                self._reference.adopt(earlier)
        return self._reference
