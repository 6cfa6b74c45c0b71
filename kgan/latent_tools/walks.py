"""Films of walks through a space, and grids of truncation, mixing and sliders."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from PIL import Image

from kgan import pictures
from kgan._support import files
from kgan._support.checks import whole
from kgan.latent_tools.directions import Directions, check_space
from kgan.latent_tools.spaces import Space, StyleSpace, space_of
from kgan.latents import interpolate

__all__ = ["mixing_grid", "save_film", "slider_grid", "truncation_grid", "walk"]

_PSIS = (0.0, 0.25, 0.5, 0.7, 0.85, 1.0)
_STRENGTHS = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0)
_MILLISECONDS = 60  # of a frame


def walk(
    gan: Any,
    keys: int = 6,
    steps: int = 16,
    count: int = 9,
    seed: int | None = None,
    labels: Any = None,
    *,
    truncation_psi: float = 1.0,
    space: str | None = None,
    averaged: bool = True,
) -> list[Image.Image]:
    """Frames of samples that turn into others and back into the first, `count` walks side by side.

    Steps in z turn at an even pace (spherical interpolation), those in w go straight.

    Args:
        gan: A `kgan.GAN` of images.
        keys: Samples that each walk passes, at least 2.
        steps: Frames from one to the next, at least 1.
        count: Walks, each in a place of the grid.
        seed: Of the samples that are passed.
        labels: One for each walk, as `gan.generate` takes them; `None` goes through the classes.
        truncation_psi: Draws points towards the mean, in [0, 2].
        space: `"z"` or `"w"`; `None` for w where the generator has one.
        averaged: Whether the averaged generator makes the samples, where there is one.

    Returns:
        `keys * steps` pictures of one size; the last leads over to the first.

    Examples:
        >>> gan = kgan.GAN(
        ...     kgan.architectures.dcgan_generator((8, 8, 1), latent_dim=4, width=4),
        ...     kgan.architectures.dcgan_discriminator((8, 8, 1), width=4),
        ... )
        >>> frames = kgan.latent_tools.walk(gan, keys=3, steps=4, count=4, seed=0)
        >>> len(frames), frames[0].size
        (12, (128, 128))

    Raises:
        ValueError: if a number is out of range, there is no such space or label, or samples are no images.
        TypeError: if the model is no `kgan.GAN`.
    """
    chosen = _of_images(gan, space, averaged)
    keys, steps, count = whole("keys", keys, 2), whole("steps", steps, 1), whole("count", count, 1)
    _check_psi(truncation_psi)
    given = chosen.labels(count, labels)
    points = chosen.draw(keys * count, seed, None if given is None else np.tile(given, (keys, *[1] * (given.ndim - 1))))
    points = chosen.truncated(points, truncation_psi).reshape(keys, count, -1)
    method = "spherical" if chosen.name == "z" else "linear"
    frames = []
    for key in range(keys):
        ways = [interpolate(points[key, one], points[(key + 1) % keys, one], steps + 1, method) for one in range(count)]
        for step in range(steps):
            samples = chosen.samples(np.stack([way[step] for way in ways]), given)
            frames.append(pictures.grid(samples, value_range=gan.value_range))
    return frames


def save_film(frames: Sequence[Image.Image], path: "str | os.PathLike") -> None:
    """Writes frames as an animated GIF that starts over at its end, whole or not at all.

    Args:
        frames: Pictures of one size.
        path: Ends in `.gif`.

    Raises:
        ValueError: if there are no frames, or the path does not end in `.gif`.
    """
    path = Path(path)
    if path.suffix.lower() != ".gif":
        raise ValueError(f"Expected a film to end in .gif. Received: {path}.")
    if not frames:
        raise ValueError("Expected at least one frame for a film. Received: none.")
    path.parent.mkdir(parents=True, exist_ok=True)
    first, *others = (frame.convert("P" if frame.mode == "L" else "RGB") for frame in frames)
    with files.replacing(path) as partial:
        first.save(partial, save_all=True, append_images=others, duration=_MILLISECONDS, loop=0)


def truncation_grid(
    gan: Any,
    count: int = 8,
    psis: Sequence[float] = _PSIS,
    seed: int | None = None,
    labels: Any = None,
    *,
    space: str | None = None,
    averaged: bool = True,
) -> Image.Image:
    """A sample in each row, drawn towards the mean from column to column.

    In w, a StyleGAN's, the mean is that of w, which training keeps; in z it is 0.

    Args:
        gan: A `kgan.GAN` of images.
        count: Rows.
        psis: Truncation of each column, in [0, 2].
        seed: Of the samples.
        labels: One for each row, as `gan.generate` takes them; `None` goes through the classes.
        space: `"z"` or `"w"`; `None` for w where the generator has one.
        averaged: Whether the averaged generator makes the samples, where there is one.

    Raises:
        ValueError: if a number is out of range, there is no such space or label, or samples are no images.
        TypeError: if the model is no `kgan.GAN`.

    Reference:
        Karras et al., 2019, A Style-Based Generator Architecture, appendix B. arXiv:1812.04948
    """
    chosen = _of_images(gan, space, averaged)
    for psi in psis:
        _check_psi(psi)
    given = chosen.labels(whole("count", count, 1), labels)
    points = chosen.draw(count, seed, given)
    columns = [chosen.samples(chosen.truncated(points, psi), given) for psi in psis]
    return _columns(columns, [f"psi {psi:g}" for psi in psis], gan.value_range)


def slider_grid(
    gan: Any,
    directions: Directions,
    strengths: Sequence[float] = _STRENGTHS,
    seed: int | None = None,
    labels: Any = None,
    *,
    averaged: bool = True,
) -> Image.Image:
    """One sample, moved along the direction named above each column, from row to row by the next strength.

    Args:
        gan: A `kgan.GAN` of images.
        directions: A column for each.
        strengths: How far to go in each row: of z, in standard deviations of a normal's.
        seed: Of the sample.
        labels: Its class or tags, as `gan.generate` takes them.
        averaged: Whether the averaged generator makes the samples, where there is one.

    Raises:
        ValueError: if the directions are those of another space, there is no such label, or samples are no images.
        TypeError: if the model is no `kgan.GAN`.
    """
    chosen = _of_images(gan, directions.space, averaged)
    check_space(chosen, directions)
    given = chosen.labels(1, labels)
    start = chosen.draw(1, seed, given)
    far = np.asarray(strengths, np.float32)[:, None]
    given = None if given is None else np.repeat(given, len(far), axis=0)
    columns = [chosen.samples(start + far * vector, given) for vector in directions.vectors]
    return _columns(columns, list(directions.names), gan.value_range)


def mixing_grid(
    gan: Any,
    rows: int = 4,
    columns: int = 5,
    seed: int | None = None,
    labels: Any = None,
    *,
    from_place: int = 2,
    to_place: int | None = None,
    truncation_psi: float = 1.0,
    averaged: bool = True,
) -> Image.Image:
    """Samples of a StyleGAN with the styles of a row, and of a column at some places.

    The first column has the samples of the rows, the first row those of the columns. The first places say shapes, the
    last ones colours.

    Args:
        gan: A `kgan.GAN` whose generator has a mapping and a synthesis.
        rows: Samples whose styles are kept at the other places.
        columns: Samples whose styles are taken at the places from `from_place` up to `to_place`.
        seed: Of the samples.
        labels: One for all, as `gan.generate` takes it; `None` for the first class.
        from_place: The first place that is taken from the column, 0 or more.
        to_place: The first after them; `None` for all that follow.
        truncation_psi: Draws styles towards their mean, in [0, 2].
        averaged: Whether the averaged generator makes the samples, where there is one.

    Raises:
        ValueError: if a number is out of range, the generator has no styles, or samples are no images.
        TypeError: if the model is no `kgan.GAN`.

    Reference:
        Karras et al., 2019, A Style-Based Generator Architecture, figure 3. arXiv:1812.04948
    """
    _of_images(gan, "w", averaged)
    chosen = StyleSpace(gan, averaged)
    rows, columns = whole("rows", rows, 1), whole("columns", columns, 1)
    end = chosen.places if to_place is None else to_place
    if not 0 <= from_place < end <= chosen.places:
        raise ValueError(
            f"Expected 0 <= from_place < to_place <= {chosen.places}, the places of the synthesis. Received: "
            f"from_place={from_place}, to_place={to_place}."
        )
    _check_psi(truncation_psi)
    if gan.generator_takes_labels and labels is None:
        labels = 0 if gan.num_tags is None else np.eye(gan.num_tags)[0]
    w = chosen.truncated(chosen.draw(rows + columns, seed, labels), truncation_psi)
    styles = np.repeat(w[:, None], chosen.places, axis=1)  # (rows + columns, places, dim)
    mixed = np.repeat(styles[:rows, None], columns, axis=1)  # (rows, columns, places, dim)
    mixed[:, :, from_place:end] = styles[None, rows:, from_place:end]
    of_all = np.concatenate([styles, mixed.reshape(-1, *styles.shape[1:])])
    parts = [chosen.of_styles(tf.constant(of_all[start : start + 32])).numpy() for start in range(0, len(of_all), 32)]
    images = np.concatenate(parts)
    blank = np.full_like(images[:1], gan.value_range[1])
    body = images[rows + columns :].reshape(rows, columns, *images.shape[1:])
    table = [blank, images[rows : rows + columns]]
    for row in range(rows):
        table += [images[row : row + 1], body[row]]
    return pictures.grid(np.concatenate(table), columns + 1, value_range=gan.value_range)


def _of_images(gan: Any, space: str | None, averaged: bool) -> Space:
    chosen = space_of(gan, space, averaged)
    if len(gan.sample_shape) != 3 or gan.value_range is None:
        raise ValueError(
            f"Expected a GAN of images with a value range, to draw pictures of. Received: samples of shape "
            f"{tuple(gan.sample_shape)}, value_range={gan.value_range}. "
            f"kgan.latent_tools.space_of(gan).samples(points) gives their numbers."
        )
    return chosen


def _check_psi(psi: float) -> None:
    if not 0.0 <= psi <= 2.0:
        raise ValueError(f"Expected truncation_psi in [0, 2]. Received: truncation_psi={psi}.")


def _columns(columns: list[np.ndarray], names: list[str], value_range: tuple[float, float]) -> Image.Image:
    rows = np.stack(columns, axis=1)  # (rows, columns, height, width, channels)
    return pictures.grid(rows.reshape(-1, *rows.shape[2:]), len(columns), value_range, names)
