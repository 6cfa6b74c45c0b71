"""An exported generator, run with onnxruntime."""

import copy
import math
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from .asked_labels import Labels
from .bundle_file import (
    LARGEST_NAMES,
    MOST_BYTES,
    BundleError,
    check_program,
    is_number,
    is_size,
    parsed,
    short,
    without_metadata,
)
from .label_text import check_names
from .latent_draws import check_latents, draw_latents, latent_rows
from .output_form import OutputForm
from .sessions import open_export

__all__ = ["BATCH", "Sampler", "SamplerError", "whole"]

BATCH = 64
LARGEST_DIRECTIONS = 2**20  # characters: some of 4,096 numbers each
SamplerError = BundleError


def _refuse_others(path: str | os.PathLike, metadata: Mapping[str, str]) -> None:
    """Refuses files that make something else of something else, and says what does it."""
    if "kgan_input_shape" in metadata:
        raise SamplerError(
            f"Expected a bundle that takes latents. Received: {path}, which takes pictures. "
            f"Type kgan apply {path} in.png --out out.png."
        )
    if "kgan_table" in metadata:
        raise SamplerError(
            f"Expected a bundle that makes pictures or other samples. Received: {path}, which makes rows of a "
            f"table. Type kgan sample {path} --out rows.csv."
        )
    if "kgan_molecules" in metadata:
        raise SamplerError(
            f"Expected a bundle that makes pictures or other samples. Received: {path}, which writes molecules. "
            f"Type kgan sample {path} --out out.smi."
        )
    check_program(path, metadata, "sampler.py", "draws samples")


class Sampler:
    """An exported generator.

    Args:
        path: `generator.onnx`, or the bundle folder that holds it, whose `card.json` then says whether it is whole.
        threads: How many onnxruntime computes with; `None` for as many as are measured to be fastest, see `Engine`.
        provider: What computes: `"cpu"`, `"cuda"`, `"directml"`, `"coreml"`, ..., of which onnxruntime offers some;
            `None` for a GPU where onnxruntime offers one, else the CPU.
        output: Which of the generator's outputs is drawn, of one that has several: `"masks"`; `None` for the samples.

    Raises:
        SamplerError: if there is no such file, if it is not a kgan export that takes latents, if it is not the one that
            the card describes, if onnxruntime does not offer the provider, or if there is no such output.

    Attributes:
        outputs: Names of the outputs, the samples first.
    """

    output: Any = None  # until the samples are known

    def __init__(
        self,
        path: str | os.PathLike,
        threads: int | None = None,
        provider: str | None = None,
        output: str | None = None,
    ) -> None:
        file, self.engine, metadata = open_export(path, threads, provider)
        self.session = self.engine.session
        _refuse_others(path, metadata)
        try:
            self.latent_distribution = metadata["kgan_latent_distribution"]
            self.latent_dim = parsed(metadata, "kgan_latent_dim")
            self.sample_shape: Any = parsed(metadata, "kgan_sample_shape")
            self.value_range = parsed(metadata, "kgan_value_range")
            self.num_classes = parsed(metadata, "kgan_num_classes")
            self.latent_arguments = parsed(metadata, "kgan_latent_arguments", "{}")  # not in the first exports
            self.num_tags = parsed(metadata, "kgan_num_tags", "null")
            self.class_names = parsed(metadata, "kgan_class_names", "null", LARGEST_NAMES)
            self.directions = parsed(metadata, "kgan_directions", "null", LARGEST_DIRECTIONS)
            self.style_directions = parsed(metadata, "kgan_style_directions", "null", LARGEST_DIRECTIONS)
            self.texts = parsed(metadata, "kgan_texts", "null")  # "words" or "vectors", of one trained on captions
            self._takes = parsed(metadata, "kgan_latent_input", '"latents"')  # "w", of a synthesis on its own
            self._further = parsed(metadata, "kgan_further_outputs", "{}")
            self.optional = {one.name: one.shape for one in self.session.get_overridable_initializers()}
            check_facts(self)
            forms = (parsed(metadata, "kgan_layout", '"nhwc"'), parsed(metadata, "kgan_pixels", '"float32"'))
            self._form = OutputForm(self.sample_shape, self.value_range, *forms)
            check_graph(self)
        except (KeyError, ValueError, TypeError) as error:
            raise without_metadata(file, error) from error
        self.sample_shape = tuple(self.sample_shape)
        self.outputs = [one.name for one in self.session.get_outputs()]
        self._draws(self.outputs[0])
        if output is not None:
            self._draws(self._checked(output))
        self.labels = Labels(self.num_classes, self.num_tags, self.class_names, self.texts == "vectors")
        self.truncates_styles = "truncation_psi" in self.optional

    @property
    def style_dim(self) -> int | None:
        """The size of w, to which a network of styles takes an offset; `None` for another network."""
        shape = self.optional.get("style_offset", ())
        return shape[1] if len(shape) == 2 and is_size(shape[1]) else None

    def giving(self, output: str | None) -> "Sampler":
        """The same export, of which another output is drawn; `None` for the samples.

        Raises:
            SamplerError: if there is no such output.
        """
        other = copy.copy(self)
        other._draws(self.outputs[0] if output is None else self._checked(output))
        return other

    def _checked(self, output: str) -> str:
        if output in self.outputs:
            return output
        raise SamplerError(
            f"Expected output as one of: {', '.join(self.outputs)}. Received: output={short(output)}. Choose one of "
            f"them, or leave it out for the samples."
        )

    def _draws(self, output: str) -> None:
        """Makes an output that there is the one that is drawn."""
        if self.output is None:
            self._samples = self.sample_shape, self.value_range, self._form
        self.sample_shape, self.value_range, self._form = self._samples
        if output in self._further:
            told = self._further[output]
            self.sample_shape, self.value_range = tuple(told["shape"]), told["value_range"]
            self._form = OutputForm(self.sample_shape, self.value_range, "nhwc", "float32")
        self.output, self._outputs, self._most = output, [output], self._most_at_once()

    def first_label(self) -> Any:
        """The first class, or the first tag alone; `None` for a generator without labels."""
        if self.num_classes is not None:
            return 0
        return None if self.num_tags is None else np.eye(self.num_tags, dtype=np.float32)[0]

    def sample(
        self, count: int, seed: int | None = None, labels: Any = None, truncation_psi: float = 1.0
    ) -> np.ndarray:
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
        z = self.latents(count, seed, truncation_psi)
        if count > BATCH:
            return np.concatenate(list(self.of_latents(z, labels, truncation_psi)))
        return self._run(z, self.labels.rows(count, labels), self._styles(truncation_psi), 0, count)

    def batches(
        self, count: int, seed: int | None = None, labels: Any = None, truncation_psi: float = 1.0
    ) -> Iterator[np.ndarray]:
        """The same samples as `sample`, a batch at a time, of which memory holds one; `count` may be any number."""
        whole(count)
        self.check_count(min(count, BATCH))
        rows = latent_rows(self.latent_distribution, self.latent_dim, seed, self.latent_arguments)
        psi = truncation_psi
        self.truncated(np.empty((0, self.latent_dim), np.float32), psi)  # refuses it before the first batch
        return self.drawn(lambda start, stop: self.truncated(rows(stop - start), psi), count, labels, psi)

    def latents(self, count: int, seed: int | None = None, truncation_psi: float = 1.0) -> np.ndarray:
        """The z that `sample` draws from, float32 `(count, latent_dim)`."""
        self.check_count(count)
        z = draw_latents(self.latent_distribution, count, self.latent_dim, seed, self.latent_arguments)
        return self.truncated(z, truncation_psi)

    def truncated(self, z: np.ndarray, psi: float) -> np.ndarray:
        """Latents, or the noise of coded ones, drawn towards their mean; as they are for networks of styles."""
        if not 0.0 <= psi <= 2.0:
            raise SamplerError(f"Expected truncation_psi in [0, 2]. Received: truncation_psi={psi}.")
        if psi != 1.0 and not self.truncates_styles:
            z = np.array(z, np.float32)
            z[:, : self.latent_arguments.get("noise", self.latent_dim)] *= np.float32(psi)
        return z

    def of_latents(
        self,
        latents: np.ndarray,
        labels: Any = None,
        truncation_psi: float = 1.0,
        style_offset: np.ndarray | None = None,
    ) -> Iterator[np.ndarray]:
        """Samples of latents, a batch at a time.

        Args:
            latents: float32 `(count, latent_dim)`.
            labels: As in `sample`.
            truncation_psi: Of networks of styles; draw other latents towards their mean by `truncated`.
            style_offset: Of networks of styles, `(count, style_dim)` or `(1, style_dim)`: added to w after truncation.
        """
        latents = np.ascontiguousarray(latents, np.float32)
        if latents.ndim != 2 or latents.shape[1] != self.latent_dim:
            raise SamplerError(f"Expected latents of shape (count, {self.latent_dim}). Received: {latents.shape}.")
        styles = self._styles(truncation_psi)
        if style_offset is not None:
            offset = np.ascontiguousarray(style_offset, np.float32)
            if self.style_dim is None:
                raise SamplerError("Expected no style_offset, because this network has no styles. Received: one.")
            due = (len(latents), self.style_dim)
            if offset.shape not in ((1, self.style_dim), due):
                raise SamplerError(f"Expected style_offset of shape {due}. Received: {offset.shape}.")
            styles["style_offset"] = np.broadcast_to(offset, due)
        return self.drawn(lambda start, stop: latents[start:stop], len(latents), labels, truncation_psi, styles)

    def drawn(
        self,
        latents: Callable[[int, int], np.ndarray],
        count: int,
        labels: Any,
        psi: float,
        styles: dict[str, np.ndarray] | None = None,
    ) -> Iterator[np.ndarray]:
        """Samples a batch at a time, of latents that a function gives from a first and a last number."""
        classes, styles = self.labels.rows(count, labels), styles or self._styles(psi)
        bounds = ((start, min(start + BATCH, count)) for start in range(0, count, BATCH))
        return (self._run(latents(start, stop), classes, styles, start, stop) for start, stop in bounds)

    def _styles(self, psi: float) -> dict[str, np.ndarray]:
        """The input that a network of styles takes besides."""
        return {"truncation_psi": np.array([psi], np.float32)} if self.truncates_styles else {}

    def _run(
        self,
        z: np.ndarray,
        classes: Callable[[int, int], np.ndarray] | None,
        styles: Mapping[str, np.ndarray],
        start: int,
        stop: int,
    ) -> np.ndarray:
        """The samples of those latents, which are those of so many numbers."""
        inputs, rows = {self._takes: z, **styles}, stop - start
        if "style_offset" in styles:
            inputs["style_offset"] = np.ascontiguousarray(styles["style_offset"][start:stop])
        if classes is not None:
            inputs["labels"] = classes(start, stop)
        try:
            drawn = self.engine.run(self._outputs, inputs, rows)[0]
        except Exception as error:
            raise SamplerError(f"Expected a network that onnxruntime can run. Received: {short(error)}") from error
        if drawn.shape != (rows, *self._form.shape) or drawn.dtype != self._form.dtype:
            raise SamplerError(
                f"Expected {self._form.dtype} samples of shape {self._form.shape}, as the file says. "
                f"Received: {drawn.dtype} of shape {drawn.shape}. Export the generator anew."
            )
        return self._form.restored(drawn)

    def asked_for(self, labels: Any, count: int) -> tuple[Any, int | None, list[str] | None]:
        """What text or numbers, over and over, ask for; see `Labels.asked_for`."""
        return self.labels.asked_for(labels, count)

    def check_count(self, count: int) -> None:
        """Refuses a number of samples that is none, or more than memory should hold."""
        if type(count) is int and 1 <= count <= BATCH <= self._most:
            return  # at once, for single samples
        whole(count)
        if count > self._most:
            raise SamplerError(
                f"Expected count for which {MOST_BYTES / 2**30:g} GiB of memory suffice, at most "
                f"{self._most:,} of these samples. Received: count={short(count)}. Draw them in several "
                f"calls with a seed each, or write them to a file, .npy, as they are drawn."
            )

    def _most_at_once(self) -> int:
        """How many samples memory should hold."""
        # Float32: latents, drawn as float64, and labels; samples in batches, then joined; at least a batch is drawn.
        each = 3 * self.latent_dim + (self.num_tags or 2) + 2 * math.prod(self.sample_shape)
        most = MOST_BYTES // (4 * each)
        return most if most >= BATCH else 0


def check_facts(sampler: Sampler) -> None:
    """Refuses metadata of another type or out of range: a file may come from anyone."""
    if sampler._takes not in ("latents", "w"):
        raise ValueError(f"latent_input={short(sampler._takes)}")
    if not is_size(sampler.latent_dim):
        raise ValueError(f"latent_dim={short(sampler.latent_dim)}")
    check_samples(sampler.sample_shape, sampler.value_range)
    if not isinstance(sampler._further, dict):
        raise ValueError(f"further_outputs={short(sampler._further)}")
    for told in sampler._further.values():
        check_samples(told["shape"], told["value_range"])
    for name in ("num_classes", "num_tags"):
        if getattr(sampler, name) is not None and not is_size(getattr(sampler, name)):
            raise ValueError(f"{name}={short(getattr(sampler, name))}")
    if sampler.texts not in (None, "words", "vectors") or (sampler.texts and sampler.num_tags is None):
        raise ValueError(f"texts={short(sampler.texts)}")
    if (sampler.texts == "words") and sampler.class_names is None:
        raise ValueError("texts without a vocabulary")
    if sampler.num_classes is not None and sampler.num_tags is not None:
        raise ValueError("both classes and tags")
    check_names(sampler.class_names, sampler.num_classes or sampler.num_tags)
    check_latents(sampler.latent_distribution, sampler.latent_dim, sampler.latent_arguments)
    check_directions(sampler.directions, sampler.latent_dim)
    check_directions(sampler.style_directions, sampler.style_dim)


def check_graph(sampler: Sampler) -> None:
    """Refuses metadata that the network itself contradicts, so that no size rests on the metadata alone."""
    expected = [(sampler._takes, [sampler.latent_dim], "tensor(float)")]
    if sampler.num_classes is not None:
        expected.append(("labels", [], "tensor(int64)"))
    elif sampler.num_tags is not None:
        expected.append(("labels", [sampler.num_tags], "tensor(float)"))
    found = [(value.name, list(value.shape[1:]), value.type) for value in sampler.session.get_inputs()]
    if found != expected:
        raise ValueError(f"inputs {short(found)}, where {expected} were due")
    outputs = sampler.session.get_outputs()
    due = [list(sampler._form.shape), *(told["shape"] for told in sampler._further.values())]
    shapes = [list(value.shape[1:]) for value in outputs]
    if [value.name for value in outputs[1:]] != list(sampler._further) or not all(map(fits, due, shapes)):
        raise ValueError(f"outputs of shape {short(shapes)}, where {short(due)} was due")


def check_samples(shape: Any, bounds: Any) -> None:
    """Refuses a shape of samples that is none, or a range, which may be `None` for any numbers."""
    if not isinstance(shape, list) or not 1 <= len(shape) <= 8 or not all(map(is_size, shape)):
        raise ValueError(f"sample_shape={short(shape)}")
    pair = isinstance(bounds, list) and len(bounds) == 2 and all(map(is_number, bounds)) and bounds[0] < bounds[1]
    if bounds is not None and not pair:
        raise ValueError(f"value_range={short(bounds)}")


def fits(due: list[Any], shape: list[Any]) -> bool:
    """Whether a shape of the network is the one that is due, as far as the network knows it."""
    if len(due) != len(shape):
        return False
    return all(b in (a, None) or isinstance(b, str) for a, b in zip(due, shape, strict=True))


def whole(count: Any) -> None:
    """Refuses a number of samples that is none."""
    if isinstance(count, bool) or not isinstance(count, (int, np.integer)) or count < 1:
        raise SamplerError(f"Expected count >= 1, a whole number. Received: count={short(count)}.")


def check_directions(directions: Any, size: int | None) -> Mapping[str, list[float]]:
    """Directions by name, each a list of so many numbers; `{}` for none."""
    if directions is None:
        return {}
    if not isinstance(directions, dict) or not directions:
        raise ValueError(f"directions={short(directions)}")
    for vector in directions.values():
        if not isinstance(vector, list) or len(vector) != size or not all(map(is_number, vector)):
            raise ValueError(f"directions={short(directions)}")
    return directions
