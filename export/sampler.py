"""Draws samples from a generator that kgan exported, with NumPy, Pillow and onnxruntime alone.

    python sampler.py --count 64 --seed 0 --out grid.png
    python sampler.py --count 10 --labels 3 --seed 1 --out threes.png
    python sampler.py --count 1000 --seed 0 --out samples.npy

As a module:

    from sampler import Sampler
    images = Sampler("generator.onnx").sample(64, seed=0)  # float32 (64, height, width, channels)

The same seed gives the same samples as `kgan.GAN.generate` in Keras. This file imports nothing of kgan.
"""

import argparse
import json
import math
import os
import sys
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

BATCH = 64
LARGEST_COUNT = 1_000_000
LARGEST_SEED = 2**32 - 1
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp")


class SamplerError(ValueError):
    """The file is no kgan export, or what was asked of it cannot be done."""


class Sampler:
    """An exported generator.

    Args:
        path: `generator.onnx`, or the bundle folder that holds it.

    Raises:
        SamplerError: There is no such file, or it is not a kgan export.
    """

    def __init__(self, path):
        path = Path(path)
        if path.is_dir():
            path = path / "generator.onnx"
        if not path.is_file():
            raise SamplerError(f"Expected a generator.onnx that kgan exported. Received: {path}, which does not exist.")
        try:
            self.session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
            metadata = self.session.get_modelmeta().custom_metadata_map
        except Exception as error:
            raise SamplerError(
                f"Expected a generator.onnx that kgan exported. Received: {path}, which onnxruntime cannot open: "
                f"{error}"
            ) from error
        try:
            self.latent_distribution = metadata["kgan_latent_distribution"]
            self.latent_dim = int(metadata["kgan_latent_dim"])
            self.sample_shape = tuple(json.loads(metadata["kgan_sample_shape"]))
            self.value_range = json.loads(metadata["kgan_value_range"])
            self.num_classes = json.loads(metadata["kgan_num_classes"])
            self.latent_arguments = json.loads(metadata.get("kgan_latent_arguments", "{}"))  # not in the first exports
            self.num_tags = json.loads(metadata.get("kgan_num_tags", "null"))
        except (KeyError, ValueError, TypeError) as error:
            raise SamplerError(
                f"Expected a generator.onnx that kgan exported. Received: {path}, an ONNX file without kgan's metadata "
                f"({error}). Export it with kgan.export.save."
            ) from error
        self.output = self.session.get_outputs()[0].name

    def sample(self, count, seed=None, labels=None, truncation_psi=1.0):
        """Draws samples.

        Args:
            count: How many, 1 to 1,000,000.
            seed: 0 to 2**32 - 1; `None` takes a fresh one.
            labels: For a generator that takes labels: one class or `count` of them; one row of tags, 0 or 1 each, or
                `count` of them. `None` goes through the classes, or each tag alone, in order.
            truncation_psi: Latents are drawn towards their mean by this factor, in [0, 2].

        Returns:
            float32 `(count, ...)` in the value range of the export.
        """
        if not 1 <= count <= LARGEST_COUNT:
            raise SamplerError(f"Expected count from 1 to {LARGEST_COUNT}. Received: count={count}.")
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
        return np.concatenate([self.session.run([self.output], batch)[0] for batch in batches])

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
    columns = columns or math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    tiles = np.zeros((rows * columns, height, width, channels), np.uint8)
    low, high = value_range
    tiles[:count] = np.clip(np.rint((images - low) * (255.0 / (high - low))), 0, 255)
    tiled = tiles.reshape(rows, columns, height, width, channels).swapaxes(1, 2)
    tiled = tiled.reshape(rows * height, columns * width, channels)
    factor = max(1, 56 // min(height, width))
    tiled = tiled.repeat(factor, axis=0).repeat(factor, axis=1)
    return Image.fromarray(tiled[..., 0] if channels == 1 else tiled)


def write(samples, out, columns=None, value_range=(-1.0, 1.0)):
    """Writes a grid (.png and other pictures) or the samples themselves (.npy), whole or not at all."""
    out = Path(out)
    suffix = out.suffix.lower()
    if suffix != ".npy" and (suffix not in PICTURES or samples.ndim != 4):
        kinds = f".npy, {', '.join(PICTURES)}" if samples.ndim == 4 else ".npy (these samples are no images)"
        raise SamplerError(f"Expected out to end in {kinds}. Received: {out}.")
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.stem}-{os.getpid()}{suffix}")
    try:
        if suffix == ".npy":
            np.save(partial, samples)
        else:
            picture = grid(samples, columns, value_range)
            picture.convert("RGB").save(partial) if suffix in (".jpg", ".jpeg") else picture.save(partial)
        os.replace(partial, out)
    finally:
        partial.unlink(missing_ok=True)


def sample_to_file(model, count, seed, out, labels=None, truncation_psi=1.0):
    """Draws samples from an export and writes them; returns the array. `labels` are what `parse_labels` gives."""
    sampler = Sampler(model)
    kinds = sampler.num_classes or sampler.num_tags
    named = labels if labels is None or not kinds else sampler._named(labels, count)
    samples = sampler.sample(count, seed, named, truncation_psi)
    columns = kinds if labels is None and kinds and kinds <= 16 else None
    write(samples, out, columns if count > (columns or 0) else None, sampler.value_range or (-1.0, 1.0))
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
    except SamplerError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201  a command line speaks
        return 2
    print(f"{given.count} samples in {given.out}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
