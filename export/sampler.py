"""Draws samples from a generator that kgan exported, with NumPy, Pillow and onnxruntime alone.

    python sampler.py --count 64 --seed 0 --out grid.png
    python sampler.py --count 10 --labels 3 --seed 1 --out threes.png
    python sampler.py --count 1000 --seed 0 --out samples.npy

As a module:

    from sampler import Sampler
    images = Sampler("generator.onnx").sample(64, seed=0)  # float32 (64, height, width, channels)

The same seed gives the same samples as `kgan.GAN.generate` in Keras. In a bundle, this file imports nothing of kgan.
"""

import argparse
import math
import os
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from .bundle_file import (
    MOST_BYTES,
    MOST_PIXELS,
    BundleError,
    is_number,
    is_size,
    open_export,
    parsed,
    short,
    without_metadata,
)

__all__ = ["Sampler", "SamplerError", "draw_latents", "grid", "parse_labels", "sample_to_file", "write"]

BATCH = 64
LARGEST_SEED = 2**32 - 1
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp")
SamplerError = BundleError


class Sampler:
    """An exported generator.

    Args:
        path: `generator.onnx`, or the bundle folder that holds it, whose `card.json` then says whether it is whole.
        threads: How many onnxruntime computes with; `None` for one on each core.

    Raises:
        SamplerError: if there is no such file, if it is not a kgan export that takes latents, or if it is not the one
            that the card describes.
    """

    def __init__(self, path, threads=None):
        file, self.session, metadata = open_export(path, threads)
        if "kgan_input_shape" in metadata:
            raise SamplerError(
                f"Expected a bundle that takes latents. Received: {path}, which takes pictures. "
                f"Type kgan apply {path} in.png --out out.png."
            )
        try:
            self.latent_distribution = metadata["kgan_latent_distribution"]
            self.latent_dim = parsed(metadata, "kgan_latent_dim")
            self.sample_shape = parsed(metadata, "kgan_sample_shape")
            self.value_range = parsed(metadata, "kgan_value_range")
            self.num_classes = parsed(metadata, "kgan_num_classes")
            self.latent_arguments = parsed(metadata, "kgan_latent_arguments", "{}")  # not in the first exports
            self.num_tags = parsed(metadata, "kgan_num_tags", "null")
            self._check_facts()
            self._check_graph()
        except (KeyError, ValueError) as error:
            raise without_metadata(file, error) from error
        self.sample_shape = tuple(self.sample_shape)
        self.output = self.session.get_outputs()[0].name

    def _check_facts(self):
        """Refuses metadata of another type or out of range: a file may come from anyone."""
        if not is_size(self.latent_dim):
            raise ValueError(f"latent_dim={short(self.latent_dim)}")
        shape = self.sample_shape
        if not isinstance(shape, list) or not 1 <= len(shape) <= 8 or not all(map(is_size, shape)):
            raise ValueError(f"sample_shape={short(shape)}")
        bounds = self.value_range
        pair = isinstance(bounds, list) and len(bounds) == 2 and all(map(is_number, bounds)) and bounds[0] < bounds[1]
        if bounds is not None and not pair:
            raise ValueError(f"value_range={short(bounds)}")
        for name in ("num_classes", "num_tags"):
            if getattr(self, name) is not None and not is_size(getattr(self, name)):
                raise ValueError(f"{name}={short(getattr(self, name))}")
        if self.num_classes is not None and self.num_tags is not None:
            raise ValueError("both classes and tags")
        _check_latents(self.latent_distribution, self.latent_dim, self.latent_arguments)

    def _check_graph(self):
        """Refuses metadata that the network itself contradicts, so that no size rests on the metadata alone."""
        expected = [("latents", [self.latent_dim], "tensor(float)")]
        if self.num_classes is not None:
            expected.append(("labels", [], "tensor(int64)"))
        elif self.num_tags is not None:
            expected.append(("labels", [self.num_tags], "tensor(float)"))
        found = [(value.name, list(value.shape[1:]), value.type) for value in self.session.get_inputs()]
        if found != expected:
            raise ValueError(f"inputs {short(found)}, where {expected} were due")
        shapes = [list(value.shape[1:]) for value in self.session.get_outputs()]
        known = [shape for shape in shapes if len(shape) == len(self.sample_shape)]
        fits = known and all(
            b in (a, None) or isinstance(b, str) for a, b in zip(self.sample_shape, known[0], strict=True)
        )
        if len(shapes) != 1 or not fits:
            raise ValueError(f"outputs of shape {short(shapes)}, where {self.sample_shape} was due")

    def sample(self, count, seed=None, labels=None, truncation_psi=1.0):
        """Draws samples.

        Args:
            count: How many, at least 1, and no more than 16 GiB hold twice.
            seed: 0 to 2**32 - 1; `None` takes a fresh one.
            labels: For a generator that takes labels: one class or `count` of them; one row of tags, 0 or 1 each, or
                `count` of them. `None` goes through the classes, or each tag alone, in order.
            truncation_psi: Latents are drawn towards their mean by this factor, in [0, 2].

        Returns:
            float32 `(count, ...)` in the value range of the export.
        """
        self.check_count(count)
        if not 0.0 <= truncation_psi <= 2.0:
            raise SamplerError(f"Expected truncation_psi in [0, 2]. Received: truncation_psi={truncation_psi}.")
        z = draw_latents(self.latent_distribution, count, self.latent_dim, seed, self.latent_arguments)
        if truncation_psi != 1.0:  # the noise of coded latents, all of the others
            z[:, : self.latent_arguments.get("noise", self.latent_dim)] *= np.float32(truncation_psi)
        inputs = {"latents": z}
        if self.num_classes is not None:
            inputs["labels"] = self._labels(count, labels)
        elif self.num_tags is not None:
            inputs["labels"] = self._tags(count, labels)
        elif labels is not None:
            raise SamplerError("Expected no labels, because this generator takes none. Received: labels.")
        batches = (
            {name: value[start : start + BATCH] for name, value in inputs.items()} for start in range(0, count, BATCH)
        )
        return np.concatenate([self._run(batch) for batch in batches])

    def _run(self, batch):
        try:
            drawn = self.session.run([self.output], batch)[0]
        except Exception as error:
            raise SamplerError(f"Expected a network that onnxruntime can run. Received: {short(error)}") from error
        if drawn.shape != (len(batch["latents"]), *self.sample_shape) or drawn.dtype != np.float32:
            raise SamplerError(
                f"Expected float32 samples of shape {self.sample_shape}, as the file says. "
                f"Received: {drawn.dtype} of shape {drawn.shape}. Export the generator anew."
            )
        return drawn

    def check_count(self, count):
        """Refuses a number of samples that is none, or more than memory should hold."""
        if isinstance(count, bool) or not isinstance(count, (int, np.integer)) or count < 1:
            raise SamplerError(f"Expected count >= 1, a whole number. Received: count={short(count)}.")
        # Float32: latents, drawn as float64, and labels; samples in batches, then joined; at least a batch is drawn.
        each = 3 * self.latent_dim + (self.num_tags or 2) + 2 * math.prod(self.sample_shape)
        asked = 4 * each * max(int(count), BATCH)
        if asked > MOST_BYTES:
            raise SamplerError(
                f"Expected count for which {MOST_BYTES / 2**30:g} GiB of memory suffice, at most "
                f"{MOST_BYTES // (4 * each):,} of these samples. Received: count={short(count)}. Draw them in several "
                f"calls with a seed each; examples/ray_sample.py of kgan draws any number to disk."
            )

    def _labels(self, count, labels):
        if labels is None:
            return np.arange(count, dtype=np.int64) % self.num_classes
        labels = np.asarray(labels, np.int64)
        if labels.ndim > 1 or (labels.ndim == 1 and len(labels) != count):
            raise SamplerError(f"Expected one label or {count} of them. Received: shape {labels.shape}.")
        if labels.min() < 0 or labels.max() >= self.num_classes:
            raise SamplerError(
                f"Expected labels between 0 and {self.num_classes - 1}. Received: {labels.min()} to {labels.max()}."
            )
        return np.ascontiguousarray(np.broadcast_to(labels, (count,)))

    def _tags(self, count, labels):
        rows = np.eye(self.num_tags)[np.arange(count) % self.num_tags] if labels is None else np.asarray(labels)
        if rows.shape not in ((self.num_tags,), (count, self.num_tags)) or not np.isin(rows, (0, 1)).all():
            raise SamplerError(
                f"Expected tags of 0 and 1, {self.num_tags} of them or {count} rows. Received: shape {rows.shape}."
            )
        return np.ascontiguousarray(np.broadcast_to(rows, (count, self.num_tags)), np.float32)

    def _named(self, labels, count):
        """What `parse_labels` gives, as `sample` takes it, over and over: 0,1,2 -> 0,1,2,0,1,2,..."""
        if self.num_tags is None:
            if any(isinstance(label, tuple) for label in labels):
                raise SamplerError("Expected one class for each sample, 0,1,2. Received: several joined by +.")
            return np.resize(np.asarray(labels), count) if len(labels) > 1 else labels[0]
        rows = np.zeros((len(labels), self.num_tags))
        for row, label in zip(rows, labels, strict=True):
            tags = np.atleast_1d(label)
            if tags.min() < 0 or tags.max() >= self.num_tags:
                raise SamplerError(f"Expected tags between 0 and {self.num_tags - 1}. Received: {label}.")
            row[tags] = 1
        return rows[np.arange(count) % len(rows)]


def _check_latents(distribution, latent_dim, arguments):
    """Refuses arguments that the distribution does not have, and latents that they cannot fill."""
    expected = {"truncated_normal": {"threshold"}, "coded": {"noise", "categorical", "continuous"}}
    if not isinstance(arguments, dict):
        raise ValueError(f"latent_arguments={short(arguments)}")
    if distribution not in ("normal", "uniform", *expected):
        return  # one of the user's own, for which `draw_latents` says what to do
    fits = set(arguments) == expected.get(distribution, set())
    if fits and distribution == "truncated_normal":  # kgan's own bounds; far outside, drawing would take for ever
        fits = is_number(arguments["threshold"]) and 0.01 <= arguments["threshold"] <= 5.0
    elif fits and distribution == "coded":
        sizes = arguments["categorical"]
        fits = isinstance(sizes, list) and all(is_size(size, least=2) for size in sizes)
        fits = fits and is_size(arguments["noise"], least=0) and is_size(arguments["continuous"], least=0)
        fits = fits and arguments["noise"] + sum(sizes) + arguments["continuous"] == latent_dim
    if not fits:
        raise ValueError(f"latent_distribution={distribution}, latent_arguments={short(arguments)}")


def draw_latents(distribution, count, latent_dim, seed, arguments=None):
    """z as `kgan.latents` draws it: RandomState's streams are frozen, so a seed means the same with every NumPy."""
    if seed is not None and not 0 <= seed <= LARGEST_SEED:
        raise SamplerError(f"Expected seed between 0 and {LARGEST_SEED}. Received: seed={seed}.")
    random = np.random.RandomState(seed)
    if distribution == "normal":
        flat = random.standard_normal(count * latent_dim)
    elif distribution == "uniform":
        flat = random.uniform(-1.0, 1.0, count * latent_dim)
    elif distribution == "truncated_normal":
        kept, missing = [], count * latent_dim
        while missing > 0:
            normal = random.standard_normal(4096)
            kept.append(normal[np.abs(normal) <= arguments["threshold"]])
            missing -= len(kept[-1])
        flat = np.concatenate(kept)[: count * latent_dim]
    elif distribution == "coded":
        flat = _coded(count, random, **arguments)
    else:
        raise SamplerError(
            f"Expected latents from one of: normal, uniform, truncated_normal, coded. "
            f"Received: {distribution!r}, which this sampler does not "
            f"know. Pass latents of your own to the ONNX file."
        )
    return flat.astype(np.float32).reshape(count, latent_dim)


def _coded(count, random, noise, categorical, continuous):
    seeds = random.randint(0, 2**32, 2 + len(categorical), dtype=np.uint32)
    streams = [np.random.RandomState(seed) for seed in seeds]
    parts = [streams[0].standard_normal((count, noise))]
    parts += [
        np.eye(n)[(stream.uniform(size=count) * n).astype(int)]
        for n, stream in zip(categorical, streams[2:], strict=True)
    ]
    return np.concatenate([*parts, streams[1].uniform(-1.0, 1.0, (count, continuous))], axis=1)


def grid(images, columns=None, value_range=(-1.0, 1.0)):
    """Tiles float images in the value range, `(n, height, width, 1, 3 or 4)`, into one picture."""
    count, height, width, channels = images.shape
    modes = {1: "L", 3: "RGB", 4: "RGBA"}
    if channels not in modes:
        raise SamplerError(f"Expected 1, 3 or 4 channels to draw. Received: {channels}. Write a .npy file instead.")
    columns, rows, factor = _layout(count, height, width, columns)
    tiles = np.zeros((rows * columns, height, width, channels), np.uint8)
    low, high = value_range
    tiles[:count] = np.clip(np.rint((images - low) * (255.0 / (high - low))), 0, 255)
    tiled = tiles.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    tiled = tiled.reshape(rows * height, columns * width, channels)
    tiled = tiled.repeat(factor, axis=0).repeat(factor, axis=1)
    return Image.fromarray(tiled[..., 0] if channels == 1 else tiled)


def _layout(count, height, width, columns=None):
    """Columns, rows, and the whole factor that images are enlarged by."""
    columns = columns or math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    factor = max(1, 56 // min(height, width))
    if columns * width * rows * height * factor**2 > MOST_PIXELS:
        raise SamplerError(
            f"Expected a picture of at most {MOST_PIXELS:,} pixels, the largest that Pillow opens without a warning. "
            f"Received: {columns * width * factor:,} x {rows * height * factor:,} pixels for {count:,} images. Draw "
            f"fewer, or write a .npy file."
        )
    return columns, rows, factor


def _check_out(out, sample_shape):
    """Refuses a kind of file that these samples cannot be written as."""
    kinds = f".npy, {', '.join(PICTURES)}" if len(sample_shape) == 3 else ".npy (these samples are no images)"
    if out.suffix.lower() != ".npy" and (out.suffix.lower() not in PICTURES or len(sample_shape) != 3):
        raise SamplerError(f"Expected out to end in {kinds}. Received: {out}.")


def write(samples, out, columns=None, value_range=(-1.0, 1.0)):
    """Writes a grid (.png and other pictures) or the samples themselves (.npy), whole or not at all."""
    out = Path(out)
    suffix = out.suffix.lower()
    _check_out(out, samples.shape[1:])
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.stem}-{os.getpid()}{suffix}")
    try:
        if suffix == ".npy":
            np.save(partial, samples)
        else:
            picture = grid(samples, columns, value_range)
            try:
                picture.convert("RGB").save(partial) if suffix in (".jpg", ".jpeg") else picture.save(partial)
            except (ValueError, OSError) as error:  # a side beyond what the format has, say
                size = f"{picture.width:,} x {picture.height:,} pixels"
                raise SamplerError(f"Expected {out} to be written. Received: {error}, at {size}.") from error
        os.replace(partial, out)
    finally:
        partial.unlink(missing_ok=True)


def sample_to_file(model, count, seed, out, labels=None, truncation_psi=1.0):
    """Draws samples from an export and writes them; returns the array. `labels` are what `parse_labels` gives."""
    sampler = Sampler(model)
    kinds = sampler.num_classes or sampler.num_tags
    sampler.check_count(count)
    columns = kinds if labels is None and kinds and kinds <= 16 and count > kinds else None
    _check_out(Path(out), sampler.sample_shape)
    if Path(out).suffix.lower() != ".npy":
        _layout(count, *sampler.sample_shape[:2], columns)  # refuses, before the samples are drawn
    named = labels if labels is None or not kinds else sampler._named(labels, count)
    samples = sampler.sample(count, seed, named, truncation_psi)
    write(samples, out, columns, sampler.value_range or (-1.0, 1.0))
    return samples


def parse_labels(text):
    """`0,1,2` as a list of integers; `0+3,5`, for tags, with a tuple where several are joined."""
    try:
        entries = [tuple(int(label) for label in entry.split("+")) for entry in text.split(",")]
    except ValueError:
        raise SamplerError(
            f"Expected labels as integers with commas between, 0,1,2, tags of one sample joined by +. "
            f"Received: {text!r}."
        ) from None
    return [entry[0] if len(entry) == 1 else entry for entry in entries]


def main(arguments=None):
    """The command line."""
    parser = argparse.ArgumentParser(description="Draw samples from a generator that kgan exported.")
    parser.add_argument("--model", default=Path(__file__).with_name("generator.onnx"), help="the exported ONNX file")
    parser.add_argument("--count", type=int, default=64, help="how many samples (default: 64)")
    parser.add_argument("--seed", type=int, default=None, help="the same seed gives the same samples")
    parser.add_argument("--labels", default=None, help="classes to draw: 0,1,2; sets of tags: 0+3,5")
    parser.add_argument("--truncation-psi", type=float, default=1.0, help="below 1: more typical, less diverse")
    parser.add_argument("--out", required=True, help="a picture (.png) of a grid, or .npy for the samples themselves")
    given = parser.parse_args(arguments)
    try:
        labels = None if given.labels is None else parse_labels(given.labels)
        sample_to_file(given.model, given.count, given.seed, given.out, labels, given.truncation_psi)
    except (SamplerError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201  a command line speaks
        return 2
    print(f"{given.count} samples in {given.out}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
