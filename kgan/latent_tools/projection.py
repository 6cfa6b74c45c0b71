"""Projection: the point of a space whose sample comes nearest to a picture."""

import csv
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf
from PIL import Image, ImageDraw

from kgan import pictures
from kgan._support import files
from kgan._support.checks import whole
from kgan.data.resizing import to_array
from kgan.data.sources import picture_file
from kgan.latent_tools.spaces import Space, space_of

__all__ = ["Projection", "picture_for", "project", "pyramid_distance"]

_DRAWS = 512  # among which the search begins
_CURVE = (320, 200)  # pixels of the drawn curve


class Projection(NamedTuple):
    """What projection has found.

    Attributes:
        point: `(dim,)` float32.
        space: `"z"` or `"w"`.
        label: The class or row of tags that the sample is of; `None` for a generator without labels.
        target: The picture, `(height, width, channels)` float32 in the value range.
        image: The sample that is nearest, the same shape.
        losses: Distances after each step, of the best start, float `(steps + 1,)`.
        value_range: `(low, high)` of both images.
    """

    point: np.ndarray
    space: str
    label: Any
    target: np.ndarray
    image: np.ndarray
    losses: np.ndarray
    value_range: tuple[float, float]

    def picture(self) -> Image.Image:
        """The picture, the sample beside it, and the curve of the distance over the steps, its axis logarithmic."""
        both = {"picture": self.target[None], "projection": self.image[None]}
        beside = pictures.beside(both, self.value_range).convert("RGB")
        scale = max(1, round(_CURVE[1] / beside.height))
        beside = beside.resize((beside.width * scale, beside.height * scale), Image.Resampling.NEAREST)
        height = max(beside.height, _CURVE[1])
        drawn = Image.new("RGB", (beside.width + _CURVE[0], height), (255, 255, 255))
        drawn.paste(beside, (0, 0))
        _draw_curve(ImageDraw.Draw(drawn), self.losses, (beside.width, 0, drawn.width, height))
        return drawn

    def save(self, folder: "str | os.PathLike") -> Path:
        """Writes `projection.png`, `point.npy` and `losses.csv` into a folder, each whole or not at all."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        pictures.save(self.picture(), folder / "projection.png")
        with files.replacing(folder / "point.npy") as partial:
            np.save(partial, self.point)
        with files.replacing(folder / "losses.csv") as partial, partial.open("w", newline="", encoding="utf-8") as out:
            table = csv.writer(out)
            table.writerow(("step", "distance"))
            table.writerows((step, f"{loss:.6g}") for step, loss in enumerate(self.losses))
        return folder


def project(
    gan: Any,
    picture: np.ndarray,
    steps: int = 300,
    starts: int = 8,
    seed: int = 0,
    labels: Any = None,
    *,
    learning_rate: float = 0.05,
    prior: float = 1e-3,
    distance: "Callable[[tf.Tensor, tf.Tensor], tf.Tensor] | None" = None,
    space: str | None = None,
    averaged: bool = True,
) -> Projection:
    """Finds the point whose sample comes nearest to a picture, by gradient descent on the point.

    Of 512 points drawn at random, the nearest `starts` go down side by side by Adam, its learning rate along half a
    cosine to 0. It minimises `distance(sample, picture) + prior * mean_j d_j^2`, with d the point less the mean of the
    space; of all steps and starts, the point with the least is kept.

    Args:
        gan: A `kgan.GAN` of images.
        picture: `(height, width, channels)` of the samples' shape: uint8, or float in the value range.
        steps: Of descent, at least 1.
        starts: How many points go down, at least 1.
        seed: Of the points that it begins with.
        labels: The picture's class or tags, as `gan.generate` takes one; `None` tries all classes, or each tag alone.
        learning_rate: Positive.
        prior: Non-negative; keeps the point where samples are drawn from.
        distance: From samples and the picture, both `(n, height, width, channels)` float32 in the value range, to
            `(n,)`. Defaults to `pyramid_distance`.
        space: `"z"` or `"w"`; `None` for w where the generator has one.
        averaged: Whether the averaged generator makes the samples, where there is one.

    Returns:
        The projection; `.picture()` draws it.

    Examples:
        >>> gan = kgan.GAN(
        ...     kgan.architectures.dcgan_generator((8, 8, 1), latent_dim=4, width=4, seed=0),
        ...     kgan.architectures.dcgan_discriminator((8, 8, 1), width=4, seed=0),
        ... )
        >>> found = kgan.latent_tools.project(gan, gan.generate(1, seed=5)[0], steps=20, prior=0.0)
        >>> bool(found.losses[-1] <= found.losses[0]), found.point.shape
        (True, (4,))

    Raises:
        TypeError: if the model is no `kgan.GAN`.
        ValueError: if the picture has another shape or leaves the value range, a number is out of range, or there is
            no such space or label.
    """
    chosen = space_of(gan, space, averaged)
    steps, starts, seed = whole("steps", steps, 1), whole("starts", starts, 1), whole("seed", seed, 0)
    if not learning_rate > 0.0 or not prior >= 0.0:
        raise ValueError(
            f"Expected learning_rate > 0 and prior >= 0. Received: learning_rate={learning_rate}, prior={prior}."
        )
    target = _target(gan, picture)
    distance = distance or pyramid_distance
    given = chosen.labels(_DRAWS, labels)
    points = chosen.draw(_DRAWS, seed, given)
    near = _distances(chosen, points, given, target, distance)
    rows = np.argsort(near, kind="stable")[:starts]
    given = None if given is None else given[rows]
    descent = _Descent(chosen, points[rows], given, target, distance, steps, learning_rate, prior)
    best, point, losses = descent.run()
    label = None if given is None else given[best]
    image = chosen.samples(point[None], None if given is None else given[best : best + 1])[0]
    return Projection(point, chosen.name, label, target, image, losses, gan.value_range)


def picture_for(gan: Any, path: "str | os.PathLike") -> np.ndarray:
    """A picture from a file, cut about its centre to the size and brought to the channels of a GAN's samples.

    Args:
        gan: A `kgan.GAN` of images.
        path: A picture, or an array in a `.npy` file, which must have the samples' shape.

    Returns:
        uint8 `(height, width, channels)`, or the array as it is.

    Raises:
        ValueError: if the file is no picture, or samples have other channels than pictures have.
    """
    path, (height, width, channels) = Path(path), gan.sample_shape
    if path.suffix.lower() == ".npy":
        return np.load(path, allow_pickle=False)
    if channels not in (1, 3, 4):
        raise ValueError(
            f"Expected an array in a .npy file, because samples have {channels} channels. Received: {path}."
        )
    try:
        with picture_file.opened(path) as image:
            return to_array(image, channels, (height, width))
    except (OSError, ValueError, SyntaxError) as error:  # Pillow's for damaged files
        raise ValueError(f"Expected a picture at {path}. Received: one that cannot be read ({error}).") from error


def pyramid_distance(samples: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """The mean squared difference, averaged over the image and its halves, quarters and so on, down to 4 pixels.

    Coarse levels see shapes that lie some pixels beside their place, where single pixels see nothing but a difference.

    Args:
        samples: `(n, height, width, channels)` float32.
        target: The same shape, or `(1, ...)`.

    Returns:
        `(n,)` float32.
    """
    difference, levels = samples - target, []
    while True:
        levels.append(tf.reduce_mean(tf.square(difference), axis=(1, 2, 3)))
        if min(difference.shape[1:3]) < 8:
            return tf.add_n(levels) / len(levels)
        difference = tf.nn.avg_pool2d(difference, 2, 2, "VALID")


class _Descent:
    """Points that go down side by side."""

    def __init__(self, space: Space, points, labels, target, distance, steps: int, rate: float, prior: float):
        self._space, self._distance, self._prior, self._steps = space, distance, prior, steps
        self._points = tf.Variable(points)
        self._labels = None if labels is None else tf.constant(labels)
        self._target = tf.constant(target[None])
        self._mean = tf.constant(space.mean)
        schedule = keras.optimizers.schedules.CosineDecay(rate, steps)
        self._optimizer = keras.optimizers.Adam(schedule, beta_1=0.9, beta_2=0.99)
        self._optimizer.build([self._points])
        self._step = tf.function(self._stepped)

    def run(self) -> tuple[int, np.ndarray, np.ndarray]:
        """The number of the best start, its best point, and its distances after each step."""
        at = [self._points.numpy()]
        losses: list[np.ndarray] = []
        totals: list[np.ndarray] = []
        for _ in range(self._steps):
            for kept, values in zip((losses, totals), self._step(), strict=True):
                kept.append(values.numpy())
            at.append(self._points.numpy())
        for kept, values in zip((losses, totals), self._now(), strict=True):
            kept.append(values.numpy())
        distances, table = (np.stack(kept) for kept in (losses, totals))  # (steps + 1, starts)
        distances, table = (np.where(np.isfinite(one), one, np.inf) for one in (distances, table))
        step, best = np.unravel_index(np.argmin(table), table.shape)
        return int(best), at[step][best], distances[:, best]

    def _now(self) -> tuple[tf.Tensor, tf.Tensor]:
        """The distance of each start, and the same with the prior."""
        distances = self._distance(self._space.forward(self._points, self._labels), self._target)
        spread = tf.reduce_mean(tf.square(self._points - self._mean), axis=1)
        return distances, distances + self._prior * spread

    def _stepped(self) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            distances, totals = self._now()
            total = tf.reduce_sum(totals)  # each start for itself
        self._optimizer.apply([tape.gradient(total, self._points)], [self._points])
        return distances, totals


def _target(gan: Any, picture: np.ndarray) -> np.ndarray:
    """The picture as the generator's samples are."""
    picture, shape = np.asarray(picture), tuple(gan.sample_shape)
    if len(shape) != 3 or gan.value_range is None:
        raise ValueError(
            f"Expected a GAN of images with a value range. Received: samples of shape {shape}, "
            f"value_range={gan.value_range}."
        )
    if picture.shape != shape:
        raise ValueError(
            f"Expected a picture of shape {shape}, as the samples are. Received: {picture.shape}. Bring it to that "
            f"size, or use kgan latents RUN project, which does."
        )
    low, high = gan.value_range
    if picture.dtype == np.uint8:
        return (low + picture.astype(np.float32) * ((high - low) / 255.0)).astype(np.float32)
    if not np.isfinite(picture).all() or picture.min() < low - 1e-3 or picture.max() > high + 1e-3:
        raise ValueError(
            f"Expected a picture of uint8, or of floats in [{low:g}, {high:g}]. Received: values from "
            f"{picture.min():g} to {picture.max():g}."
        )
    return picture.astype(np.float32)


def _distances(space: Space, points, labels, target, distance) -> np.ndarray:
    samples = space.samples(points, labels)
    rows = [slice(start, start + 64) for start in range(0, len(samples), 64)]
    return np.concatenate([distance(tf.constant(samples[one]), tf.constant(target[None])).numpy() for one in rows])


def _draw_curve(draw: ImageDraw.ImageDraw, losses: np.ndarray, box: tuple[int, int, int, int]) -> None:
    """The curve of losses in a box, with its first and last value."""
    left, top, right, bottom = box[0] + 48, box[1] + 20, box[2] - 12, box[3] - 24
    heights = np.log10(np.maximum(losses, 1e-12))
    low, high = float(heights.min()), float(heights.max())
    spread = max(high - low, 1e-6)
    places = [
        (left + (right - left) * step / max(1, len(losses) - 1), bottom - (bottom - top) * (one - low) / spread)
        for step, one in enumerate(heights)
    ]
    draw.line([(left, top), (left, bottom), (right, bottom)], fill=(160, 160, 160))
    draw.line(places, fill=(31, 119, 180), width=2)
    ink = (0, 0, 0)
    draw.text((box[0] + 6, top - 6), f"{losses.max():.2g}", ink)
    draw.text((box[0] + 6, bottom - 6), f"{losses.min():.2g}", ink)
    draw.text(((left + right) / 2, bottom + 12), f"distance over {len(losses) - 1} steps", ink, anchor="mm")
