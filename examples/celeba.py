"""Faces of CelebA, with its 40 attributes as tags: train, draw the same faces with other attributes, export.

    python examples/celeba.py
    python examples/celeba.py --split 'train[:20000]' --epochs 5 --width 32    # a first look

tensorflow-datasets downloads 1.4 GB from Google Drive once. Networks, loss and optimizers are those of SAGAN (Zhang et
al., 2019, arXiv:1805.08318), where attributes set the scale and shift of normalisations in the generator, and the
discriminator judges them by projection. CelebA: Liu et al., 2015, arXiv:1411.7766.
"""

import argparse
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

import kgan

CUT = 178  # pixels of the square about the centre that is kept of 178 x 218, the width
SHOWN = {"plain": [], "smile": ["Smiling"], "glasses": ["Eyeglasses"], "blond": ["Blond_Hair"], "hat": ["Wearing_Hat"]}


def tag_names(info: tfds.core.DatasetInfo) -> list[str]:
    """The attributes, in the order of the tags."""
    return sorted(info.features["attributes"])


def batches(
    dataset: tf.data.Dataset, names: list[str], size: int, batch_size: int, *, shuffled: bool
) -> tf.data.Dataset:
    """Batches of faces and their attributes.

    Args:
        dataset: What the builder gives: dictionaries with `image`, uint8 `(218, 178, 3)`, and `attributes`.
        names: The attributes that are tags, in order.
        size: Pixels of a side of the faces.
        batch_size: Faces in a batch; a last, shorter one is left out where they are shuffled.
        shuffled: Whether each pass has an order of its own.

    Returns:
        Batches of uint8 `(batch, size, size, 3)` and of float32 tags `(batch, len(names))`, 0 or 1.
    """

    def face_and_tags(element):
        face = tf.image.resize_with_crop_or_pad(element["image"], CUT, CUT)
        face = tf.image.resize(face, (size, size), antialias=True)
        tags = tf.stack([element["attributes"][name] for name in names])
        return tf.cast(tf.clip_by_value(tf.round(face), 0, 255), tf.uint8), tf.cast(tags, tf.float32)

    dataset = dataset.map(face_and_tags, num_parallel_calls=tf.data.AUTOTUNE)
    if shuffled:
        dataset = dataset.shuffle(8_192, seed=0)
    return dataset.batch(batch_size, drop_remainder=shuffled).prefetch(tf.data.AUTOTUNE)


def build(names: list[str], size: int, width: int) -> kgan.GAN:
    """A compiled game of SAGAN's networks with tags.

    Args:
        names: The attributes, in the order of the tags.
        size: Pixels of a side of the faces.
        width: Filters beside the generator's grid; the discriminator has half.
    """
    shape, tags = (size, size, 3), len(names)
    gan = kgan.GAN(
        generator=kgan.architectures.sagan_generator(shape, latent_dim=128, width=width, num_tags=tags, seed=0),
        discriminator=kgan.architectures.sagan_discriminator(shape, width=max(1, width // 2), num_tags=tags, seed=1),
        class_names=names,
        ema_half_life=20_000,
        seed=0,
    )
    gan.compile(
        generator_optimizer=keras.optimizers.Adam(1e-4, beta_1=0.0, beta_2=0.9),
        discriminator_optimizer=keras.optimizers.Adam(4e-4, beta_1=0.0, beta_2=0.9),
        loss="hinge",
    )
    return gan


def columns(gan: kgan.GAN, rows: int) -> np.ndarray:
    """One z in each row, with the attributes of the next entry of `SHOWN` in each column.

    Returns:
        float32 `(rows * len(SHOWN), size, size, 3)`, row by row.
    """
    tags = [[[name in wanted for name in gan.class_names] for _ in range(rows)] for wanted in SHOWN.values()]
    drawn = [gan.generate(rows, seed=0, labels=np.float32(column)) for column in tags]
    return np.stack(drawn, axis=1).reshape(-1, *drawn[0].shape[1:])


def main(
    split: str = "train",
    size: int = 64,
    width: int = 128,
    batch_size: int = 64,
    epochs: int = 20,
    out: str = "celeba",
    data_dir: str | None = None,
) -> kgan.GAN:
    """Trains; writes samples of each epoch, `attributes.png` and the bundle `export/` into the folder `out`."""
    builder = tfds.builder("celeb_a", data_dir=data_dir)
    builder.download_and_prepare()
    names = tag_names(builder.info)
    train = batches(builder.as_dataset(split=split), names, size, batch_size, shuffled=True)
    held_out = batches(builder.as_dataset(split="validation"), names, size, batch_size, shuffled=False)

    gan = build(names, size, width)
    folder = Path(out)
    grid = kgan.callbacks.SampleGrid(folder / "samples", rows=4)
    gan.fit(train, validation_data=held_out, epochs=epochs, verbose=2, callbacks=[grid])
    kgan.pictures.grid(columns(gan, rows=8), columns=len(SHOWN)).save(folder / "attributes.png")
    kgan.export.save(gan, folder / "export")
    print(f"In {folder / 'attributes.png'} each row is one z, the columns are: {', '.join(SHOWN)}.")
    return gan


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--split", default="train", help="of tensorflow-datasets, such as train[:20000]")
    parser.add_argument("--size", type=int, default=64, help="pixels of a side")
    parser.add_argument("--width", type=int, default=128, help="of the generator; 32 on two cores")
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--out", default="celeba", help="the folder for pictures and the bundle")
    parser.add_argument("--data-dir", help="where tensorflow-datasets keeps its files")
    main(**vars(parser.parse_args()))
