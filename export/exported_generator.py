"""An exported generator, run with onnxruntime.

Free of kgan: its text goes into the programs that are copied into a bundle.
"""

import math

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
from .latent_draws import check_latents, draw_latents

__all__ = ["Sampler", "SamplerError"]

BATCH = 64
LARGEST_DIRECTIONS = 2**20  # characters: some of 4,096 numbers each
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
            self.directions = parsed(metadata, "kgan_directions", "null", LARGEST_DIRECTIONS)
            self._check_facts()
            self._check_graph()
        except (KeyError, ValueError) as error:
            raise without_metadata(file, error) from error
        self.sample_shape = tuple(self.sample_shape)
        self.output = self.session.get_outputs()[0].name
        self.truncates_styles = "truncation_psi" in [one.name for one in self.session.get_overridable_initializers()]

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
        for vector in check_directions(self.directions).values():
            if not isinstance(vector, list) or len(vector) != self.latent_dim or not all(map(is_number, vector)):
                raise ValueError(f"directions={short(self.directions)}")

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

    def first_label(self):
        """The first class, or the first tag alone; `None` for a generator without labels."""
        if self.num_classes is not None:
            return 0
        return None if self.num_tags is None else np.eye(self.num_tags)[0]

    def sample(self, count, seed=None, labels=None, truncation_psi=1.0):
        """Draws samples.

        Args:
            count: How many, at least 1, and no more than 16 GiB hold twice.
            seed: 0 to 2**32 - 1; `None` takes a fresh one.
            labels: For a generator that takes labels: one class or `count` of them; one row of tags, 0 or 1 each, or
                `count` of them. `None` goes through the classes, or each tag alone, in order. Where the export has
                `class_names`, classes by name too, `"Flags"`; of tags, a list of those that all samples have, or
                `count` such lists. Text is always a name, a number always a number.
            truncation_psi: Latents, or styles, are drawn towards their mean by this factor, in [0, 2].

        Returns:
            float32 `(count, ...)` in the value range of the export.
        """
        return np.concatenate(list(self.batches(count, seed, labels, truncation_psi)))

    def batches(self, count, seed=None, labels=None, truncation_psi=1.0):
        """The same samples as `sample`, a batch at a time."""
        return self.of_latents(self.latents(count, seed, truncation_psi), labels, truncation_psi)

    def latents(self, count, seed=None, truncation_psi=1.0):
        """The z that `sample` draws from, float32 `(count, latent_dim)`."""
        self.check_count(count)
        z = draw_latents(self.latent_distribution, count, self.latent_dim, seed, self.latent_arguments)
        return self.truncated(z, truncation_psi)

    def truncated(self, z, psi):
        """Latents, or the noise of coded ones, drawn towards their mean; as they are for networks of styles."""
        if not 0.0 <= psi <= 2.0:
            raise SamplerError(f"Expected truncation_psi in [0, 2]. Received: truncation_psi={psi}.")
        if psi != 1.0 and not self.truncates_styles:
            z = np.array(z, np.float32)
            z[:, : self.latent_arguments.get("noise", self.latent_dim)] *= np.float32(psi)
        return z

    def of_latents(self, latents, labels=None, truncation_psi=1.0):
        """Samples of latents, a batch at a time; labels as in `sample`, `truncation_psi` for networks of styles."""
        latents = np.ascontiguousarray(latents, np.float32)
        if latents.ndim != 2 or latents.shape[1] != self.latent_dim:
            raise SamplerError(f"Expected latents of shape (count, {self.latent_dim}). Received: {latents.shape}.")
        count = len(latents)
        inputs = {"latents": latents}
        if self.num_classes is not None:
            inputs["labels"] = self._labels(count, labels)
        elif self.num_tags is not None:
            inputs["labels"] = self._tags(count, labels)
        elif labels is not None:
            raise SamplerError("Expected no labels, because this generator takes none. Received: labels.")
        psi = {"truncation_psi": np.array([truncation_psi], np.float32)} if self.truncates_styles else {}
        return (
            self._run({**{name: value[start : start + BATCH] for name, value in inputs.items()}, **psi})
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


def check_directions(directions):
    """Directions by name, `{}` for none."""
    if directions is None:
        return {}
    if not isinstance(directions, dict) or not directions:
        raise ValueError(f"directions={short(directions)}")
    return directions


def _first(labels, count):
    """The first labels, where there are several."""
    return labels if labels is None or np.ndim(labels) == 0 else labels[:count]
