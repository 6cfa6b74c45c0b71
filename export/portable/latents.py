"""Films, truncation and sliders of a generator that kgan exported, with NumPy, Pillow and onnxruntime alone.

    python latents.py film --seed 0 --out film.gif
    python latents.py truncation --seed 0 --out truncation.png
    python latents.py sliders --seed 0 --out sliders.png
    python latents.py sliders --directions named.json --out sliders.png

As a module:

    from latents import Sampler, slid
    sampler = Sampler("generator.onnx")
    z = sampler.latents(1, seed=0)
    images = list(sampler.of_latents(slid(z, sampler.directions, direction_1=2.0)))

The same seed gives the same pictures as `kgan.latent_tools` in Keras. Of a StyleGAN, films go through z here, and
through w in Keras unless `space="z"` says otherwise; truncation draws w towards its mean, and sliders move w, in both.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from .bundle_file import short, written_whole
from .exported_generator import Sampler, SamplerError
from .label_text import parse_labels
from .latent_draws import chosen_seed
from .sample_files import STREAMED, check_out, grid, layout, write_one

__all__ = [
    "Sampler",
    "SamplerError",
    "film",
    "interpolated",
    "read_directions",
    "save_film",
    "slid",
    "slider_grid",
    "truncation_grid",
]

PSIS = (0.0, 0.25, 0.5, 0.7, 0.85, 1.0)
STRENGTHS = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0)
MILLISECONDS = 60  # of a frame
MOST_BYTES_OF_DIRECTIONS = 2**26


def interpolated(first: np.ndarray, last: np.ndarray, steps: int) -> np.ndarray:
    """Latents on the way from one to another, without the last, at an even pace: float32 `(steps, latent_dim)`."""
    first, last = np.asarray(first, np.float64), np.asarray(last, np.float64)
    share = np.linspace(0.0, 1.0, steps + 1)[:-1, None]
    lengths = np.linalg.norm(first) * np.linalg.norm(last)
    angle = np.arccos(np.clip(first @ last / lengths, -1.0, 1.0)) if lengths else 0.0
    if np.sin(angle) > 1e-6:  # else they point the same way, or opposite ways
        path = (np.sin((1 - share) * angle) * first + np.sin(share * angle) * last) / np.sin(angle)
    else:
        path = (1 - share) * first + share * last
    return path.astype(np.float32)


def film(
    sampler: Sampler,
    keys: int = 6,
    steps: int = 16,
    count: int = 9,
    seed: int | None = None,
    labels: Any = None,
    truncation_psi: float = 1.0,
) -> Iterator[Image.Image]:
    """Frames of samples that turn into others and back into the first, `count` walks side by side.

    Args:
        sampler: A `Sampler` of images.
        keys: Samples that each walk passes, at least 2.
        steps: Frames from one to the next, at least 1.
        count: Walks, each in a place of the grid.
        seed: Of the samples that are passed.
        labels: One for each walk, or one for all, as `Sampler.sample` takes them.
        truncation_psi: Draws latents towards their mean, in [0, 2].

    Returns:
        A generator of `keys * steps` Pillow pictures.
    """
    at_least(2, keys=keys)
    at_least(1, steps=steps, count=count)
    of_images(sampler)
    layout(count, *sampler.sample_shape[:2])  # refuses too large a frame
    z = sampler.latents(keys * count, seed, truncation_psi).reshape(keys, count, -1)
    # Refuses labels before the first frame is asked for.
    first = np.concatenate(list(sampler.of_latents(z[0], labels, truncation_psi)))
    return frames_of(sampler, z, steps, labels, first, truncation_psi)


def frames_of(
    sampler: Sampler, z: np.ndarray, steps: int, labels: Any, first: np.ndarray, truncation_psi: float = 1.0
) -> Iterator[Image.Image]:
    """The frames of walks past `z`, `(keys, count, dim)`; `first` are the samples of the first."""
    for key in range(len(z)):
        ways = [interpolated(*pair, steps) for pair in zip(z[key], z[(key + 1) % len(z)], strict=True)]
        for step in range(steps):
            at = np.stack([way[step] for way in ways])
            first_frame = key == step == 0
            samples = first if first_frame else np.concatenate(list(sampler.of_latents(at, labels, truncation_psi)))
            yield grid(samples, value_range=sampler.value_range)


def save_film(frames: Iterable[Image.Image], out: str | os.PathLike) -> int:
    """Writes frames as an animated GIF that starts over at its end, whole or not at all; returns their number."""
    out = Path(out)
    if out.suffix.lower() != ".gif":
        raise SamplerError(f"Expected a film to end in .gif. Received: {out}.")
    out.parent.mkdir(parents=True, exist_ok=True)
    first, *others = (frame.convert("P" if frame.mode == "L" else "RGB") for frame in frames)
    with written_whole(out) as partial:
        first.save(partial, save_all=True, append_images=others, duration=MILLISECONDS, loop=0)
    return 1 + len(others)


def truncation_grid(
    sampler: Sampler, count: int = 8, psis: Sequence[float] = PSIS, seed: int | None = None, labels: Any = None
) -> Image.Image:
    """A sample in each row, drawn towards the mean from column to column: a Pillow picture.

    Args:
        sampler: A `Sampler` of images.
        count: Rows.
        psis: Truncation of each column, in [0, 2].
        seed: Of the samples.
        labels: One for each row, or one for all, as `Sampler.sample` takes them.
    """
    at_least(1, count=count)
    of_images(sampler)
    height, width, _ = sampler.sample_shape
    layout(count * len(psis), height, width, len(psis))
    z = sampler.latents(count, seed)
    columns = [np.concatenate(list(sampler.of_latents(sampler.truncated(z, psi), labels, psi))) for psi in psis]
    return in_columns(sampler, columns, [f"psi {psi:g}" for psi in psis])


def slider_grid(
    sampler: Sampler,
    directions: Mapping[str, Any] | None = None,
    strengths: Sequence[float] = STRENGTHS,
    seed: int | None = None,
    labels: Any = None,
    space: str | None = None,
) -> Image.Image:
    """One sample, moved along the direction named above each column, by the next strength in each row: a picture.

    Args:
        sampler: A `Sampler` of images.
        directions: `{name: vector}`, the export's own by default.
        strengths: How far to go in each row.
        seed: Of the sample.
        labels: Its class or tags, as `Sampler.sample` takes them.
        space: Of the directions, `"z"` or `"w"`; `None` for w where the network takes an offset of styles, else z.
    """
    of_images(sampler)
    space = own_space(sampler) if space is None else space
    directions = known_directions(sampler) if directions is None else directions
    height, width, _ = sampler.sample_shape
    layout(len(directions) * len(strengths), height, width, len(directions))
    start = sampler.latents(1, seed)
    vectors = np.stack([np.asarray(one, np.float32) for one in directions.values()])
    size, what = (sampler.latent_dim, "the latents") if space == "z" else (sampler.style_dim, "w")
    if vectors.shape[1] != size:
        raise SamplerError(f"Expected directions of size {size}, as {what}. Received: {vectors.shape[1]}.")
    labels = sampler.first_label() if labels is None else labels
    far = np.asarray(strengths, np.float32)[:, None]
    if space == "z":
        columns = [sampler.of_latents(start + far * vector, labels) for vector in vectors]
    else:
        starts = np.repeat(start, len(far), axis=0)
        columns = [sampler.of_latents(starts, labels, style_offset=far * vector) for vector in vectors]
    return in_columns(sampler, [np.concatenate(list(column)) for column in columns], list(directions))


def own_space(sampler: Sampler) -> str:
    """The space that the directions of an export are in: w where it takes an offset of styles, else z."""
    return "z" if sampler.style_dim is None else "w"


def slid(latents: np.ndarray, directions: Mapping[str, Any], **strengths: float) -> np.ndarray:
    """Latents moved along directions, `{name: vector}`, by strengths under their names."""
    moved = np.array(latents, np.float32)
    for name, strength in strengths.items():
        if name not in directions:
            raise SamplerError(f"Expected a direction of {', '.join(directions)}. Received: {short(name)}.")
        moved += np.float32(strength) * np.asarray(directions[name], np.float32)
    return moved


def known_directions(sampler: Sampler) -> Mapping[str, Any]:
    """The directions that the export carries, in its own space."""
    found = sampler.directions if sampler.style_dim is None else sampler.style_directions
    if not found:
        raise SamplerError(
            "Expected an export with directions. Received: one without, of an earlier kgan, or of a generator whose "
            "first layer does not take its latents as they are. Pass --directions FILE, as kgan latents RUN sliders "
            "--save FILE writes it."
        )
    return found


def read_directions(path: str | os.PathLike, space: str = "z") -> dict[str, np.ndarray]:
    """Directions `{name: vector}` in that space from a file that kgan wrote, `kgan.latent_tools.Directions.save`."""
    path = Path(path)
    try:
        if path.stat().st_size > MOST_BYTES_OF_DIRECTIONS:
            raise ValueError("a file too large for directions")
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["space"] != space:
            raise ValueError(f"directions in {short(content['space'])}, where those in {space} are due")
        vectors = np.array(content["vectors"], np.float32)
        if vectors.ndim != 2 or len(vectors) != len(content["names"]) or not np.isfinite(vectors).all():
            raise ValueError(f"vectors of shape {vectors.shape} for {len(content['names'])} names")
        return dict(zip(map(str, content["names"]), vectors, strict=True))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SamplerError(f"Expected directions as kgan writes them at {path}. Received: {short(error)}.") from error


def in_columns(sampler: Sampler, columns: Sequence[np.ndarray], names: Sequence[str]) -> Image.Image:
    """Samples of columns side by side, under names."""
    rows = np.stack(columns, axis=1)
    return grid(rows.reshape(-1, *rows.shape[2:]), len(columns), sampler.value_range, names)


def at_least(least: int, **numbers: Any) -> None:
    """Refuses numbers that are too small."""
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, (int, np.integer)) or number < least:
            raise SamplerError(f"Expected {name} >= {least}, a whole number. Received: {name}={short(number)}.")


def of_images(sampler: Sampler) -> None:
    """Refuses an export whose samples are no images."""
    if len(sampler.sample_shape) != 3 or sampler.value_range is None:
        raise SamplerError(
            f"Expected an export of images. Received: samples of shape {sampler.sample_shape}. "
            f"Sampler.of_latents(latents) gives their numbers."
        )


def run(
    model: str | os.PathLike | Sampler,
    what: str,
    out: str | os.PathLike,
    seed: int | None = None,
    labels: Any = None,
    directions: str | os.PathLike | None = None,
    **numbers: Any,
) -> str:
    """Writes a film, or a grid of truncation or sliders; returns a line that says what was written.

    `numbers` are those that the function of that name takes: keys, steps, count, truncation_psi.
    """
    sampler, out = model if isinstance(model, Sampler) else Sampler(model), Path(out)
    seed = chosen_seed() if seed is None else seed
    if what == "film":
        if out.suffix.lower() != ".gif":
            raise SamplerError(f"Expected a film to end in .gif. Received: {out}.")
        labels, _, _ = sampler.asked_for(labels, numbers.get("count", 9))
        frames = save_film(film(sampler, seed=seed, labels=labels, **numbers), out)
        return f"{frames} frames of seed {seed} in {out}"
    check_out(out, sampler.sample_shape)
    if out.suffix.lower() in STREAMED:
        raise SamplerError(f"Expected a picture, .png. Received: {out}.")
    if what == "truncation":
        labels, _, _ = sampler.asked_for(labels, numbers.get("count", 8))
        drawn = truncation_grid(sampler, seed=seed, labels=labels, **numbers)
        said = f"Truncation of samples of seed {seed} in {out}"
    else:
        if isinstance(labels, str) and len(parse_labels(labels, sampler.class_names, sampler.num_tags is not None)) > 1:
            raise SamplerError(
                f"Expected the label of one sample for sliders. Received: labels={short(labels)}. Name one."
            )
        labels, _, _ = sampler.asked_for(labels, 1)
        known = known_directions(sampler) if directions is None else read_directions(directions, own_space(sampler))
        drawn = slider_grid(sampler, known, seed=seed, labels=labels, **numbers)
        said = f"{', '.join(known)} from {STRENGTHS[0]:g} to {STRENGTHS[-1]:g}, of a sample of seed {seed}, in {out}"
    out.parent.mkdir(parents=True, exist_ok=True)
    write_one(drawn, out)
    return said


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Films, truncation and sliders of a generator that kgan exported.")
    parser.add_argument("what", choices=("film", "truncation", "sliders"))
    parser.add_argument("--model", default=Path(__file__).parent, help="the bundle, or its ONNX file")
    parser.add_argument("--out", required=True, help="a film (.gif), or a picture (.png)")
    parser.add_argument("--seed", type=int, default=None, help="the same seed gives the same pictures")
    parser.add_argument("--labels", default=None, help="classes, by name or number: Flags,People")
    parser.add_argument("--count", type=int, default=None, help="walks in a film, or rows of a grid of truncation")
    parser.add_argument("--keys", type=int, default=None, help="samples that each walk of a film passes")
    parser.add_argument("--steps", type=int, default=None, help="frames from one to the next")
    parser.add_argument("--truncation-psi", type=float, default=None, help="of a film; below 1: more typical")
    parser.add_argument("--directions", default=None, help="a file of sliders, in place of the export's own")
    given = vars(parser.parse_args(arguments))
    takes = {"film": ("count", "keys", "steps", "truncation_psi"), "truncation": ("count",), "sliders": ("directions",)}
    for name in ("count", "keys", "steps", "truncation_psi", "directions"):
        if given[name] is None:
            del given[name]
        elif name not in takes[given["what"]]:
            parser.error(f"Expected no --{name.replace('_', '-')} with {given['what']}.")
    try:
        print(run(**given))  # noqa: T201  a command line speaks
    except (SamplerError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
