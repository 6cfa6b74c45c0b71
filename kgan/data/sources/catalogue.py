"""tensorflow-datasets by name: `tfds:cifar10`, `tfds:cifar10/train[:50%]`."""

import os

from kgan._support import lookup
from kgan.data import faults, fingerprint, resizing
from kgan.data.sources import streams
from kgan.data.splits import DataError, Splits, TooFewSamplesError, extract

__all__ = ["load"]

_HELD_OUT_NAMES = ("validation", "test")


def load(
    name: str,
    *,
    batch_size: int,
    image_size: "resizing.Size | int | None",
    crop: bool,
    validation_split: float,
    seed: int,
    strict: bool,
    data_dir: "str | os.PathLike | None",
) -> Splits:
    """Prepares a dataset of the catalogue and splits it; see `kgan.data.load`."""
    builder, split = _find(name, data_dir)
    _prepare(builder)
    info = builder.info
    held_out = None
    if split is None:
        split = "train" if "train" in info.splits else next(iter(info.splits))
        held_out = next((other for other in _HELD_OUT_NAMES if other in info.splits and other != split), None)
    if "image" not in info.features:
        raise DataError(
            f"Expected a dataset with a feature 'image'. Received: {name!r} with {', '.join(sorted(info.features))}."
        )

    skipped: dict[str, str] = {}

    def read(part):
        dataset = builder.as_dataset(split=part, shuffle_files=False)
        dataset = streams.prepared(dataset.map(_image_and_label), image_size, crop)
        return faults.without(dataset, skipped, strict, f"{part}: ")

    train = read(split)
    count = info.splits[split].num_examples
    if held_out is not None:
        validation = read(held_out) if validation_split else None
        held = info.splits[held_out].num_examples if validation_split else 0
    else:
        kept_out = round(count * validation_split)
        held = kept_out
        validation = train.take(kept_out) if kept_out else None
        train, count = train.skip(kept_out), count - kept_out
    if batch_size > count:
        raise TooFewSamplesError(batch_size, count)
    spec, label = extract(train.element_spec)
    classes = None if label is None else _classes(info.features["label"], train)
    return Splits(
        train=streams.batches(train, batch_size, seed),
        validation=None if validation is None else streams.batches(validation, batch_size, None),
        sample_shape=tuple(spec.shape),
        count=count,
        class_names=None if classes is None else tuple(classes),
        skipped=skipped,
        found=streams.look(spec, count + held, image_size, held_out=held, classes=classes),
        fingerprint=fingerprint.of_stream((name, spec), count + held, held, None if classes is None else list(classes)),
    )


def _classes(feature, dataset) -> "dict[str, int | None]":
    """Names of the classes, with their numbers of training samples where these have to be counted for the names."""
    names = getattr(feature, "names", None)
    return dict.fromkeys(names) if names else streams.counted_classes(dataset)


def _image_and_label(element):
    """Labels are kept where they are one class each; what else a dataset calls a label is left alone."""
    label = element.get("label")
    if label is None or label.shape.rank != 0 or not label.dtype.is_integer:
        return element["image"]
    return element["image"], label


def _find(name: str, data_dir):
    """The builder, and the split where the name ends in one."""
    if ":" in name.partition("/")[0]:  # tensorflow-datasets would fetch the code of a stranger's dataset, and run it
        raise DataError(
            f"Expected the name of a dataset that comes with tensorflow-datasets. Received: {name!r}, which is in a "
            f"namespace of others, whose code it would run. Load it yourself, and pass the tf.data.Dataset."
        )
    import tensorflow_datasets as tfds  # here, because it takes a second and most runs do without it

    candidates: list[tuple[str, str | None]] = [(name, None)]
    if "/" in name:
        base, _, last = name.rpartition("/")
        candidates.append((base, last))
    for candidate, split in candidates:
        try:
            builder = tfds.builder(candidate, data_dir=data_dir)
        except (tfds.core.DatasetNotFoundError, ValueError, AttributeError):
            continue  # a split at the end of the name is not a configuration of the dataset
        if split is not None:
            _check_split(builder, split)
        return builder, split
    known = tfds.list_builders()
    raise DataError(
        f"Expected the name of a dataset in tensorflow-datasets, as NAME, NAME/CONFIG or NAME/SPLIT. "
        f"Received: {name!r}.{lookup.nearest(name.split('/')[0], known)} "
        f"See https://www.tensorflow.org/datasets/catalog/overview."
    )


def _check_split(builder, split: str) -> None:
    base = split.partition("[")[0]
    known = [str(name) for name in builder.info.splits]
    if known and base not in known:
        raise DataError(
            f"Expected a split of {builder.info.name}: {', '.join(known)}. "
            f"Received: {split!r}.{lookup.nearest(base, known)}"
        )


def _prepare(builder) -> None:
    """Downloads what is not on disk yet; tensorflow-datasets retries a broken connection for some minutes itself."""
    try:
        builder.download_and_prepare()
    except OSError as error:  # what requests raises when a host cannot be reached, too
        raise DataError(
            f"Expected a network connection to download {builder.info.name} and room for it, or the prepared dataset "
            f"in {builder.data_dir}. Received: {type(error).__name__}: {error}. Connect once, or copy the prepared "
            f"folder there (TFDS_DATA_DIR and data_dir= say where to look)."
        ) from error
    except ImportError as error:  # some data sets are read with packages of their own: LSUN with tensorflow-io
        raise DataError(
            f"Expected the packages that tensorflow-datasets reads {builder.info.name} with. "
            f"Received: {type(error).__name__}: {error}. Install what it names with pip."
        ) from error
