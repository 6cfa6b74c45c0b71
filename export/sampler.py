"""Draws samples from a generator that kgan exported, with NumPy, Pillow and onnxruntime alone.

    python sampler.py --count 64 --seed 0 --out grid.png
    python sampler.py --count 30 --labels Flags,People --seed 1 --out grid.png
    python sampler.py --count 1000 --seed 0 --out samples.npy
    python sampler.py --count 1000 --seed 0 --each samples/

As a module:

    from sampler import Sampler
    images = Sampler("generator.onnx").sample(64, seed=0)  # float32 (64, height, width, channels)

The same seed gives the same samples as `kgan.GAN.generate` in Keras. In a bundle, this file imports nothing of kgan.
"""

import argparse
import math
import sys
from pathlib import Path

import numpy as np

from .bundle_file import (
    LARGEST_NAMES,
    MOST_BYTES,
    BundleError,
    is_number,
    is_size,
    open_export,
    parsed,
    short,
    without_metadata,
)
from .label_text import check_names, number_of, parse_labels, title
from .latent_draws import LARGEST_SEED, check_latents, draw_latents
from .sample_files import check_out, each_name, grid, layout, picture_of, refuse_existing, write, write_one

__all__ = [
    "LARGEST_SEED",
    "Sampler",
    "SamplerError",
    "draw_latents",
    "grid",
    "parse_labels",
    "sample_each",
    "sample_to_file",
    "write",
]

BATCH = 64
MOST_SEEDS = 100_000  # of those that nobody asks for
MOST_COLUMNS = 16  # of classes with a column each
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
            self.class_names = parsed(metadata, "kgan_class_names", "null", LARGEST_NAMES)
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
        check_names(self.class_names, self.num_classes or self.num_tags)
        check_latents(self.latent_distribution, self.latent_dim, self.latent_arguments)

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
                `count` of them. `None` goes through the classes, or each tag alone, in order. Where the export has
                `class_names`, classes by name too, `"Flags"`; of tags, a list of those that all samples have, or
                `count` such lists. Text is always a name, a number always a number.
            truncation_psi: Latents are drawn towards their mean by this factor, in [0, 2].

        Returns:
            float32 `(count, ...)` in the value range of the export.
        """
        return np.concatenate(list(self.batches(count, seed, labels, truncation_psi)))

    def batches(self, count, seed=None, labels=None, truncation_psi=1.0):
        """The same samples as `sample`, a batch at a time."""
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
        return (
            self._run({name: value[start : start + BATCH] for name, value in inputs.items()})
            for start in range(0, count, BATCH)
        )

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
        labels = np.asarray(self._numbers(labels), np.int64)
        if labels.ndim > 1 or (labels.ndim == 1 and len(labels) != count):
            raise SamplerError(f"Expected one label or {count} of them. Received: shape {labels.shape}.")
        if labels.min() < 0 or labels.max() >= self.num_classes:
            raise SamplerError(
                f"Expected labels between 0 and {self.num_classes - 1}. Received: {labels.min()} to {labels.max()}."
            )
        return np.ascontiguousarray(np.broadcast_to(labels, (count,)))

    def _tags(self, count, labels):
        rows = np.eye(self.num_tags)[np.arange(count) % self.num_tags] if labels is None else self._rows(labels)
        if rows.shape not in ((self.num_tags,), (count, self.num_tags)) or not np.isin(rows, (0, 1)).all():
            raise SamplerError(
                f"Expected tags of 0 and 1, {self.num_tags} of them or {count} rows. Received: shape {rows.shape}."
            )
        return np.ascontiguousarray(np.broadcast_to(rows, (count, self.num_tags)), np.float32)

    def _numbers(self, labels):
        """Numbers in the place of names."""
        if isinstance(labels, str):
            return number_of(labels, self.class_names)
        if isinstance(labels, (list, tuple)) or getattr(getattr(labels, "dtype", None), "kind", "") in ("U", "O"):
            return [self._numbers(label) if isinstance(label, str) else label for label in labels]
        return labels

    def _rows(self, labels):
        """Rows of 0 and 1 in the place of names of tags."""
        if isinstance(labels, str):
            labels = [labels]
        if isinstance(labels, (list, tuple)) and labels and all(isinstance(label, str) for label in labels):
            return np.isin(np.arange(self.num_tags), self._numbers(labels)).astype(int)
        if isinstance(labels, (list, tuple)) and any(
            isinstance(one, str) for label in labels for one in np.ravel(label)
        ):
            return np.stack([self._rows(label) for label in labels])
        return np.asarray(labels)

    def asked_for(self, labels, count):
        """What text or numbers, over and over, ask for: 0,1,2 -> 0,1,2,0,1,2,...

        Args:
            labels: Text, or what `parse_labels` gives; `None` for all classes.
            count: Of the samples.

        Returns:
            Labels as `sample` takes them, and for a grid the number of columns and what stands above each; `None` where
            it is to choose, or nothing stands there.
        """
        kinds = self.num_classes or self.num_tags
        if kinds is None:
            return labels, None, None
        if isinstance(labels, str):
            labels = parse_labels(labels, self.class_names, joined=self.num_tags is not None)
        chosen = labels if labels is None else self._over_and_over(labels, count)
        cycle = kinds if labels is None else len(labels)
        if not 1 < cycle <= min(MOST_COLUMNS, count):
            return chosen, None, None
        columns = cycle * max(1, round(math.sqrt(count) / cycle))  # few classes have several, or rows would not end
        return chosen, columns, self.titles(chosen, columns, title)

    def _over_and_over(self, labels, count):
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

    def titles(self, labels, count, spelled=None):
        """A name for each of the first samples, `hat+beard` for several tags; nothing where there are no labels."""
        names = self.class_names
        spelled = spelled or (lambda number, names: str(number) if names is None else names[number])
        if self.num_classes is not None:
            return [spelled(int(number), names) for number in self._labels(count, _first(labels, count))]
        if self.num_tags is not None:
            rows = self._tags(count, _first(labels, count))
            return ["+".join(spelled(int(tag), names) for tag in np.flatnonzero(row)) for row in rows]
        return [""] * count


def _first(labels, count):
    """The first labels, where there are several."""
    return labels if labels is None or np.ndim(labels) == 0 else labels[:count]


def chosen_seed():
    """A seed that nobody asked for, short enough to be typed again."""
    return int(np.random.SeedSequence().generate_state(1)[0]) % MOST_SEEDS


def sample_to_file(model, count, seed, out, labels=None, truncation_psi=1.0):
    """Draws samples from an export and writes them; returns the array.

    `labels` are text, as `parse_labels` takes it, or what it gives, over and over. Where a grid goes through several
    classes, each has a column under its name.
    """
    sampler = Sampler(model)
    sampler.check_count(count)
    check_out(Path(out), sampler.sample_shape)
    chosen, columns, names = sampler.asked_for(labels, count)
    if Path(out).suffix.lower() != ".npy":
        layout(count, *sampler.sample_shape[:2], columns)  # refuses, before the samples are drawn
    samples = sampler.sample(count, seed, chosen, truncation_psi)
    write(samples, out, columns, sampler.value_range or (-1.0, 1.0), names)
    return samples


def sample_each(model, count, seed, folder, labels=None, truncation_psi=1.0, overwrite=False):
    """Draws samples from an export and writes a file of each, a picture where they are such; returns the paths.

    The files are named after the seed, the number of the sample and its class: `seed0-07-Flags.png`. Without a seed one
    is chosen, and named. Files that exist are refused before anything is drawn, unless `overwrite`.
    """
    sampler, folder = Sampler(model), Path(folder)
    sampler.check_count(count)
    if folder.exists() and not folder.is_dir():
        raise SamplerError(f"Expected a folder for a file of each sample. Received: {folder}, which is a file.")
    chosen, _, _ = sampler.asked_for(labels, count)
    seed = chosen_seed() if seed is None else seed
    drawn = len(sampler.sample_shape) == 3 and sampler.sample_shape[-1] in (1, 3, 4)
    titles = sampler.titles(chosen, count)
    paths = [
        folder / each_name(seed, number, count - 1, name, ".png" if drawn else ".npy")
        for number, name in enumerate(titles)
    ]
    if not overwrite:
        refuse_existing(paths)
    batches = sampler.batches(count, seed, chosen, truncation_psi)
    folder.mkdir(parents=True, exist_ok=True)
    value_range = sampler.value_range or (-1.0, 1.0)
    for path, sample in zip(paths, (one for batch in batches for one in batch), strict=True):
        write_one(picture_of(sample, value_range) if drawn else sample, path)
    return paths


def main(arguments=None):
    """The command line."""
    parser = argparse.ArgumentParser(description="Draw samples from a generator that kgan exported.")
    parser.add_argument("--model", default=Path(__file__).with_name("generator.onnx"), help="the exported ONNX file")
    parser.add_argument("--count", type=int, default=64, help="how many samples (default: 64)")
    parser.add_argument("--seed", type=int, default=None, help="the same seed gives the same samples")
    parser.add_argument(
        "--labels", default=None, help="classes to draw, by name or number: Flags,People; sets of tags: hat+beard,smile"
    )
    parser.add_argument("--truncation-psi", type=float, default=1.0, help="below 1: more typical, less diverse")
    parser.add_argument("--out", help="a picture (.png) of a grid, or .npy for the samples themselves")
    parser.add_argument("--each", metavar="FOLDER", help="a folder for a file of each sample")
    parser.add_argument("--overwrite", action="store_true", help="let --each replace files that exist")
    given = parser.parse_args(arguments)
    if (given.out is None) == (given.each is None):
        parser.error("Expected one of --out and --each. Received: " + ("neither." if given.out is None else "both."))
    seed = chosen_seed() if given.seed is None else given.seed
    what = (given.model, given.count, seed, given.out or given.each, given.labels, given.truncation_psi)
    try:
        sample_to_file(*what) if given.out else sample_each(*what, given.overwrite)
    except (SamplerError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201  a command line speaks
        return 2
    print(f"{given.count:,} sample{'' if given.count == 1 else 's'} of seed {seed} in {given.out or given.each}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
