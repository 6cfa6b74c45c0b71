"""The spaces that one walks, slides and projects in: the latents z, or the styles w of a StyleGAN."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from kgan._game import networks
from kgan._support import lookup
from kgan._support.checks import whole
from kgan.architectures import StyleParts
from kgan.models import drawing_labels

__all__ = ["LatentSpace", "Space", "StyleSpace", "space_of"]

_BATCH = 64
_DRAWN = 4_096  # z whose mean stands for that of w, where no training has kept one


class Space(ABC):
    """What samples are made from, as points of one space.

    Args:
        gan: A `kgan.GAN`.
        averaged: Whether the averaged generator makes the samples, where there is one.

    Attributes:
        name: `"z"` or `"w"`.
        gan: The model.
        generator: The network that makes the samples.
        dim: Numbers of a point.
    """

    name: str
    dim: int

    def __init__(self, gan: Any, averaged: bool = True):
        self.gan = gan
        self.generator = gan.inference_generator if averaged else gan.generator
        self._traced: Callable | None = None

    @property
    @abstractmethod
    def mean(self) -> np.ndarray:
        """The middle, `(dim,)` float32, which truncation draws points towards."""

    @abstractmethod
    def draw(self, count: int, seed: int | None = None, labels: Any = None) -> np.ndarray:
        """Points as samples are drawn from, `(count, dim)` float32; the first do not depend on `count`."""

    @abstractmethod
    def forward(self, points: tf.Tensor, labels: "tf.Tensor | None") -> tf.Tensor:
        """The samples of points, in the graph; gradients reach the points."""

    def labels(self, count: int, labels: Any = None) -> np.ndarray | None:
        """Labels as the generator takes them, from what `gan.generate` takes; `None` for a generator without.

        Args:
            count: How many samples.
            labels: Classes or tags, by number or name; `None` goes through them.

        Raises:
            ValueError: if there are no such labels, or the generator takes none.
        """
        gan = self.gan
        if not gan.generator_takes_labels:
            if labels is not None:
                raise ValueError(
                    f"Expected labels=None, because the generator takes none. Received: labels={labels!r}."
                )
            return None
        if gan.num_tags is None:
            return drawing_labels.classes(count, labels, gan.num_classes, gan.class_names)
        return drawing_labels.tags(count, labels, gan.num_tags, gan.class_names)

    def samples(self, points: np.ndarray, labels: Any = None) -> np.ndarray:
        """The samples of points.

        Args:
            points: `(n, dim)`.
            labels: As `gan.generate` takes them.

        Returns:
            float32 `(n, ...)` in the value range.

        Raises:
            ValueError: if the points have another shape, or as `labels`.
        """
        points = np.asarray(points, np.float32)
        if points.ndim != 2 or points.shape[1] != self.dim:
            raise ValueError(f"Expected points of shape (n, {self.dim}) in {self.name}. Received: {points.shape}.")
        given = self.labels(len(points), labels)
        if self._traced is None:
            self._traced = tf.function(self.forward, reduce_retracing=True)
        parts = []
        for start in range(0, len(points), _BATCH):
            rows = slice(start, start + _BATCH)
            parts.append(self._traced(tf.constant(points[rows]), None if given is None else tf.constant(given[rows])))
        return np.concatenate([part.numpy() for part in parts]).astype(np.float32, copy=False)

    def truncated(self, points: np.ndarray, psi: float) -> np.ndarray:
        """Points drawn towards the mean: `mean + psi (point - mean)`."""
        return (self.mean + np.float32(psi) * (np.asarray(points, np.float32) - self.mean)).astype(np.float32)


class LatentSpace(Space):
    """The latents z, of any generator."""

    name = "z"

    def __init__(self, gan: Any, averaged: bool = True):
        super().__init__(gan, averaged)
        self.dim = gan.latent_dim

    @property
    def mean(self) -> np.ndarray:
        return np.zeros((self.dim,), np.float32)

    def draw(self, count: int, seed: int | None = None, labels: Any = None) -> np.ndarray:
        return self.gan.latents.draw(whole("count", count, 1), self.dim, seed)

    def forward(self, points: tf.Tensor, labels: "tf.Tensor | None") -> tf.Tensor:
        found = self.generator(points if labels is None else [points, labels], training=False)
        return tf.cast(networks.samples_of(found, self.gan.samples_output), tf.float32)

    def truncated(self, points: np.ndarray, psi: float) -> np.ndarray:
        """As `gan.latents` has it, by which the codes of `kgan.latents.Coded` keep what they say."""
        return self.gan.latents.truncated(np.asarray(points, np.float32), psi)


class StyleSpace(Space):
    """The styles w of a StyleGAN, the same at each place of the synthesis, or `(places, dim)` of them.

    Attributes:
        parts: The mapping, styles, noise and synthesis of the generator.
        places: How many styles the synthesis takes.
    """

    name = "w"

    def __init__(self, gan: Any, averaged: bool = True):
        super().__init__(gan, averaged)
        parts = StyleParts.found_in(self.generator)
        if parts is None:
            raise ValueError(
                f"Expected a generator with a mapping and a synthesis, a StyleGAN's. Received: "
                f"{self.generator.name!r}, without. Work in z, or train a recipe of StyleGAN."
            )
        self.parts = parts
        self.places = int(self.parts.synthesis.inputs[0].shape[1])
        self.dim = int(self.parts.mapping.output_shape[-1])
        self._mean: np.ndarray | None = None

    @property
    def mean(self) -> np.ndarray:
        """The mean of w that training has kept; of a generator that has not been trained, that of some w."""
        if self._mean is None:
            kept = np.asarray(self.parts.styles.mean, np.float32)
            self._mean = kept if kept.any() else self.draw(_DRAWN, seed=0).mean(axis=0)
        return self._mean

    def draw(self, count: int, seed: int | None = None, labels: Any = None) -> np.ndarray:
        z = tf.constant(self.gan.latents.draw(whole("count", count, 1), self.gan.latent_dim, seed))
        given = self.labels(count, labels)
        inputs = z if given is None else [z, tf.constant(given)]
        return np.asarray(self.parts.mapping(inputs, training=False), np.float32)

    def forward(self, points: tf.Tensor, labels: "tf.Tensor | None" = None) -> tf.Tensor:
        styles = tf.repeat(points[:, None], self.places, axis=1)  # (batch, places, dim)
        return self.of_styles(styles)

    def of_styles(self, styles: tf.Tensor) -> tf.Tensor:
        """Samples of a style for each place, `(batch, places, dim)`, with the noise of inference."""
        noise = self.parts.noise(styles[:, 0], training=False)
        return tf.cast(self.parts.synthesis([styles, noise], training=False), tf.float32)


def space_of(gan: Any, space: str | None = None, averaged: bool = True) -> Space:
    """The space to work in.

    Args:
        gan: A `kgan.GAN`.
        space: `"z"` or `"w"`; `None` for w where the generator has one, a StyleGAN's, else z.
        averaged: Whether the averaged generator makes the samples, where there is one.

    Raises:
        TypeError: if the model is no `kgan.GAN`.
        ValueError: if there is no such space, or the generator has no w.
    """
    if not hasattr(gan, "latents"):
        raise TypeError(f"Expected a kgan.GAN, whose samples come from latents. Received: a {type(gan).__name__}.")
    if space is None:
        generator = gan.inference_generator if averaged else gan.generator
        space = "z" if StyleParts.found_in(generator) is None else "w"
    return lookup.find("space", space, {"z": LatentSpace, "w": StyleSpace})(gan, averaged)
