"""`kgan.data.load_captions`: pictures with texts that say what is in them."""

import dataclasses
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from kgan._support import limits
from kgan.data import calls, colours, fingerprint, found, resizing, values
from kgan.data import order as orders
from kgan.data.loading import check_pictures, check_request
from kgan.data.missing import told
from kgan.data.sources import arrays
from kgan.data.sources.caption_file import TABLES, CaptionLayout, hashes, is_captions
from kgan.data.sources.folder import ImageFolder
from kgan.data.splits import DataError, Splits, TooFewSamplesError
from kgan.data.words import Vocabulary

__all__ = ["Captions", "load_captions"]

_NAMED = 8  # words in a line


class Captions:
    """What the captions of a data set are to a model: numbers for each text, and the texts of held-out pictures.

    Attributes:
        vocabulary: The words that are learned; `None` where an encoder makes vectors of texts.
        dim: How many numbers a text is.
        encoder: From a list of texts to vectors; `None` where a vocabulary does.
        held_out: The first caption of each held-out picture, in the order of the held-out batches.
    """

    def __init__(self, vocabulary: Vocabulary | None, dim: int, encoder: Callable | None, held_out: Sequence[str]):
        self.vocabulary, self.dim, self.encoder, self.held_out = vocabulary, dim, encoder, tuple(held_out)

    @property
    def words(self) -> tuple[str, ...] | None:
        """The words of the vocabulary; `None` where an encoder takes its place."""
        return None if self.vocabulary is None else self.vocabulary.words


def load_captions(
    source: Any,
    batch_size: int = 64,
    *,
    image_size: "int | str | tuple[int, int] | None" = None,
    crop: bool = True,
    channels: "int | str | None" = None,
    background: str = "white",
    words: int = 2000,
    rarest: int = 2,
    validation_split: float = 0.1,
    seed: int = 0,
    strict: bool = False,
    encoder: "Callable[[list[str]], Any] | None" = None,
) -> Splits:
    """Loads pictures and their captions as training and validation pipelines, for `kgan.TextToImage`.

    Batches are `(images, texts)`; of a picture with several captions each epoch takes one, and held-out pictures have
    their first. Without an encoder a text is which words of the vocabulary it holds, float32 `(batch, words)` of 0 and
    1; the vocabulary is read off the captions of the training pictures.

    Args:
        source: A `.csv` or `.tsv` file with the columns `file` and `caption` beside the pictures that it names, several
            rows of one file for several captions; a folder with such a `captions.csv` or `metadata.csv`; or a pair of
            arrays, uint8 `(n, height, width, channels)` and a list of texts, or of lists of them.
        batch_size: Samples in a batch.
        image_size: As in `kgan.data.load`.
        crop: As in `kgan.data.load`.
        channels: As in `kgan.data.load`.
        background: As in `kgan.data.load`.
        words: How many words are learned at most, the commonest.
        rarest: In how many captions a word must stand to be learned; others are passed over.
        validation_split: Share of the pictures held out.
        seed: Of the choice of held-out samples, of the order, and of which caption is taken.
        strict: Whether a damaged picture, one without a caption or a caption without a picture is an error; otherwise
            they are left out, and said to be.
        encoder: A frozen encoder of yours in place of the vocabulary: called once with all captions as a list of texts,
            it returns vectors float32 `(n, dim)`.

    Returns:
        `Splits`, whose `captions` has the vocabulary and the captions of held-out pictures.

    Examples:
        >>> images = np.zeros((40, 8, 8, 3), "uint8")
        >>> captions = ["red heart", "blue heart", "red car", "blue car"] * 10
        >>> splits = kgan.data.load_captions((images, captions), batch_size=10)
        >>> splits.captions.words
        ('blue', 'car', 'heart', 'red')
        >>> pictures, texts = next(iter(splits.train))
        >>> pictures.shape, texts.shape
        (TensorShape([10, 8, 8, 3]), TensorShape([10, 4]))

    Raises:
        DataError: if there are no pictures with captions, a number is out of range, or the encoder gives something
            else.
    """
    pictures = {"channels": channels, "background": background, "image_size": image_size}
    check_pictures(pictures)
    check_request(batch_size, image_size, seed)
    if isinstance(source, str | os.PathLike):
        path = _table(Path(source))
        laid_out = CaptionLayout(path)
        images = ImageFolder(
            path.parent,
            resizing.parse_size(image_size),
            crop,
            colours.parse_channels(channels),
            strict,
            labels=laid_out,
            background=background,
        )
        return _of_files(images, laid_out.captions, batch_size, words, rarest, validation_split, seed, encoder)
    if not isinstance(source, tuple) or len(source) != 2:
        raise DataError(
            f"Expected a table 'file,caption', or a pair of arrays (images, captions). Received: a "
            f"{type(source).__name__}."
        )
    return _of_arrays(*source, batch_size, pictures, words, rarest, validation_split, seed, encoder)


def _table(path: Path) -> Path:
    """The table of captions: the file itself, or the one in a folder."""
    if path.is_file():
        return path
    if not path.is_dir():
        raise DataError(told(str(path)))
    found = [path / name for name in TABLES if is_captions(str(path / name))]
    if not found:
        raise DataError(
            f"Expected a table of captions in {path}: {' or '.join(TABLES)} with the columns 'file' and 'caption'. "
            f"Received: a folder without. Write one, or name the table itself."
        )
    return found[0]


def _of_files(images, captions, batch_size, words, rarest, validation_split, seed, encoder) -> Splits:
    train, held_out = arrays.split(len(captions), validation_split, seed)
    texts = _Texts(captions, train, held_out, words, rarest, encoder)
    shape, dtype = (*images.size, images.channels), tf.as_dtype(images.target.dtype)

    def reading(part):
        decode = calls.from_threads(lambda numbers: images.decode(numbers, part))

        def read(rows):
            pixels, there = tf.numpy_function(decode, [rows], (dtype, tf.int64))
            return tf.ensure_shape(pixels, (rows.shape[0], *shape)), tf.ensure_shape(there, rows.shape)

        return read

    images.labels = hashes(captions)  # by which changed captions are known
    seen = images.found(len(held_out))
    told_of = dataclasses.replace(seen, notes=[*seen.notes, *texts.notes])
    known = images.fingerprint(held_out)
    return _splits(texts, reading, shape, train, held_out, batch_size, seed, images.skipped, told_of, known)


def _of_arrays(images, captions, batch_size, pictures, words, rarest, validation_split, seed, encoder) -> Splits:
    images = np.asarray(images)
    if images.ndim != 4 or images.dtype != np.uint8 or not len(images):
        raise DataError(
            f"Expected images as uint8 (n, height, width, channels). Received: shape {images.shape}, type "
            f"{images.dtype}."
        )
    if any(value not in (None, "white") for name, value in pictures.items() if name != "image_size"):
        raise DataError(f"Expected channels and background for files only. Received: {pictures} for arrays.")
    captions = [[one] if isinstance(one, str) else list(one) for one in captions]
    if len(captions) != len(images):
        raise DataError(
            f"Expected a caption, or a list of them, for each of {len(images)} images. Received: {len(captions)}."
        )
    wrong = next((number for number, one in enumerate(captions) if not one or not all(map(_is_said, one))), None)
    if wrong is not None:
        raise DataError(
            f"Expected captions as texts that are not empty. Received: {captions[wrong]} for image {wrong}."
        )
    size = resizing.parse_size(pictures["image_size"])
    if size is not None:
        images = np.stack([resizing.resized(one, size, True) for one in images])
    values.check_values(images, values.IMAGE_RANGE)
    train, held_out = arrays.split(len(images), validation_split, seed)
    texts = _Texts(captions, train, held_out, words, rarest, encoder)
    tensor = tf.constant(images)
    of_shape = found.of_shape(images.shape[1:], images.dtype, len(images), held_out=len(held_out), classes=None)
    seen = dataclasses.replace(of_shape, notes=[*of_shape.notes, *texts.notes])
    known = fingerprint.of_arrays([images], hashes(captions), len(held_out))

    def reading(part):
        return lambda rows: (tf.gather(tensor, rows), rows)

    return _splits(texts, reading, images.shape[1:], train, held_out, batch_size, seed, {}, seen, known)


def _is_said(caption: Any) -> bool:
    return isinstance(caption, str) and bool(caption.strip())


def _splits(texts, reading, shape, train, held_out, batch_size, seed, skipped, seen, known) -> Splits:
    if batch_size > len(train):
        raise TooFewSamplesError(batch_size, len(train), "training images")

    def pipeline(part, shuffled):
        read = reading(part)
        batches, order = arrays.index_batches(part, batch_size, seed if shuffled else None, shuffled, epochs=shuffled)

        def batch(*given):
            epoch, rows = given if shuffled else (None, given[0])
            pixels, there = read(tf.cast(rows, tf.int64))
            return pixels, texts.of(there, epoch, seed)

        made = batches.map(batch, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
        return orders.attach(made.prefetch(tf.data.AUTOTUNE), order)

    validation = pipeline(held_out, False) if len(held_out) else None
    if validation is not None:
        validation.kgan_texts = tuple(texts.held_out)  # for whoever draws them
    return Splits(
        train=pipeline(train, True),
        validation=validation,
        sample_shape=tuple(shape),
        count=len(train),
        tag_names=None if texts.vocabulary is None else texts.vocabulary.words,
        skipped=skipped,
        found=seen,
        fingerprint=known,
        captions=Captions(texts.vocabulary, texts.dim, texts.encoder, texts.held_out),
    )


class _Texts:
    """The captions of pictures as numbers, of which each epoch takes one of each picture."""

    def __init__(self, captions, train, held_out, words: int, rarest: int, encoder: Callable | None):
        self.vocabulary: Vocabulary | None = None
        self.encoder, self.held_out = encoder, [captions[row][0] for row in held_out]
        flat = [one for said in captions for one in said]
        counts = np.array([len(said) for said in captions])
        self._firsts = tf.constant(np.concatenate([[0], np.cumsum(counts)[:-1]]), tf.int64)
        self._counts = tf.constant(counts, tf.float32)
        self.notes: list[str] = []
        if encoder is None:
            self.vocabulary = Vocabulary.of([one for row in train for one in captions[row]], words, rarest)
            self.dim = len(self.vocabulary)
            numbers = [self.vocabulary.numbers(one) for one in flat]
            longest = max(1, *map(len, numbers))
            held = np.array([one + [-1] * (longest - len(one)) for one in numbers], np.int32)
            empty = sum(not one for one in numbers)
            some = ", ".join(self.vocabulary.words[:_NAMED])
            self.notes.append(f"{len(flat):,} captions of {self.dim:,} words: {some}, ...")
            if empty:
                self.notes.append(f"{empty:,} captions have none of these words, and say nothing.")
        else:
            held = _encoded(encoder, flat)
            self.dim = held.shape[1]
        with tf.device("CPU:0"):  # the pipeline runs there
            self._held = tf.constant(held)

    def of(self, rows: tf.Tensor, epoch: "tf.Tensor | None", seed: int) -> tf.Tensor:
        """The texts of these pictures, float32 `(batch, dim)`: the first of each, or one by chance in an epoch."""
        chosen = tf.gather(self._firsts, rows)
        if epoch is not None:
            place = tf.stack([tf.constant(seed, tf.int64) * 2**20 + epoch, tf.cast(rows[0], tf.int64)])
            luck = tf.random.stateless_uniform(tf.shape(rows), place)
            chosen += tf.cast(luck * tf.gather(self._counts, rows), tf.int64)
        held = tf.gather(self._held, chosen)  # (b, words of a caption) numbers, or (b, dim)
        if self.vocabulary is None:
            return held
        return tf.reduce_max(tf.one_hot(held, self.dim), axis=1)  # -1 is no word


def _encoded(encoder: Callable, texts: list[str]) -> np.ndarray:
    """The vectors of an encoder, looked at."""
    vectors = np.asarray(encoder(texts))
    if vectors.ndim != 2 or len(vectors) != len(texts) or vectors.dtype.kind != "f" or vectors.shape[1] < 2:
        raise DataError(
            f"Expected an encoder that makes float vectors (n, dim) of n texts, dim >= 2. Received: shape "
            f"{vectors.shape}, type {vectors.dtype}, of {len(texts):,} texts."
        )
    if not np.isfinite(vectors).all():
        raise DataError("Expected an encoder that makes finite numbers. Received: others among them.")
    limits.check_bytes("captions", len(texts), vectors.nbytes, "Encode to fewer numbers.", DataError)
    return vectors.astype(np.float32)
