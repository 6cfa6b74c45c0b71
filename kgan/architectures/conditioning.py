"""How networks take labels: one class for each sample, or several tags."""

import keras
from keras import layers

__all__ = ["check_one_kind", "embedding", "labels_input", "one_hot", "projected"]


def check_one_kind(num_classes: int | None, num_tags: int | None) -> None:
    """Refuses classes and tags at once, and counts that are none.

    Raises:
        ValueError: if both are given, `num_classes` is less than 1 or `num_tags` less than 2.
    """
    if num_classes is not None and num_tags is not None:
        raise ValueError(
            f"Expected num_classes or num_tags, not both. Received: num_classes={num_classes}, num_tags={num_tags}."
        )
    if num_classes is not None and num_classes < 1:
        raise ValueError(f"Expected num_classes >= 1, or None for no labels. Received: num_classes={num_classes}.")
    if num_tags is not None and num_tags < 2:
        raise ValueError(f"Expected num_tags >= 2; one tag is two classes. Received: num_tags={num_tags}.")


def labels_input(num_classes: int | None, num_tags: int | None) -> "keras.KerasTensor | None":
    """The input `"labels"`: classes `(batch,)` int32, tags `(batch, num_tags)` float32; `None` where there are none."""
    if num_tags is not None:
        return keras.Input((num_tags,), name="labels")
    return None if num_classes is None else keras.Input((), dtype="int32", name="labels")


def one_hot(labels: "keras.KerasTensor", num_classes: int | None) -> "keras.KerasTensor":
    """Labels as rows of 0 and 1, `(batch, n)` float32; tags are such rows already."""
    if num_classes is None:
        return labels
    return layers.CategoryEncoding(num_classes, "one_hot", name="one_hot")(labels)


def embedding(
    num_classes: int | None, size: int, initializer: "keras.initializers.Initializer | str", name: str
) -> keras.layers.Layer:
    """The layer from labels to vectors `(batch, size)`: a row for each class, or the sum of a row for each tag."""
    if num_classes is None:
        return layers.Dense(size, use_bias=False, kernel_initializer=initializer, name=name)
    return layers.Embedding(num_classes, size, embeddings_initializer=initializer, name=name)


def projected(
    logits: "keras.KerasTensor", features: "keras.KerasTensor", embedded: "keras.KerasTensor"
) -> "keras.KerasTensor":
    """The logits and the inner product of features and embedded labels, `(batch, 1)`.

    Reference:
        Miyato and Koyama, 2018, cGANs with Projection Discriminator. arXiv:1802.05637
    """
    projection = layers.Dot(axes=1, name="projection")([features, embedded])  # (b, 1)
    return layers.Add(name="conditional_logits")([logits, projection])
