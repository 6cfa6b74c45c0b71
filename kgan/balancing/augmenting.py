"""`kgan.augment`: of rows of a table, whose classes are a column, and of pictures, whose classes are an array."""

from typing import Any

from kgan.balancing.augmented import Augmented
from kgan.balancing.pictures import augment_pictures
from kgan.balancing.rows import augment_rows

__all__ = ["augment"]


def augment(x: Any, y: Any, model: Any, held_out: Any, *, share: float = 1.0, seed: int = 0) -> Augmented:
    """Fills up rare classes by drawn samples, and says whether that helps a classifier.

    A classifier learns from the samples as they are, from drawn ones beside them, and from as many that a simple rule
    makes: rows of SMOTE, or mirrored pictures, or shifted ones where a mirror changes what they show.

    Args:
        x: What the model learned from. Rows of a table, a pandas DataFrame or a dictionary of columns; or pictures
            `(n, height, width, channels)`, uint8 or float in the model's value range.
        y: Of rows, the column of classes, one of values. Of pictures, their classes `(n,)`, whole numbers from 0.
        model: A trained `kgan.Tabular`; or a trained `kgan.GAN` whose generator takes classes.
        held_out: Rows, or a pair `(pictures, classes)`, that neither the model nor the classifier learns from.
        share: Each class is filled up to this share of the largest one's samples, above 0 and at most 1.
        seed: Of what is drawn, of simple rules, and of the classifier of pictures. 0 to 2**32 - 1.

    Returns:
        A `kgan.balancing.AugmentedRows`, whose `rows` are filled up, or a `kgan.balancing.AugmentedPictures`, whose `x`
        and `y` are. `lines()` has the report; `verdict` says whether the classifier gains.

    Raises:
        DataError: if a table lacks a column or has no row, or pandas or scikit-learn is not installed.
        ValueError: if there is no such column of values, pictures or classes have other shapes or types than the model
            takes, there are fewer than two classes in `x` or in `held_out`, or `share` is out of range.

    Examples:
        >>> rows = {"size": list(range(40)), "colour": ["red"] * 30 + ["blue"] * 10}
        >>> splits = kgan.data.load_table(rows, batch_size=10, validation_split=0.0)
        >>> table = kgan.Tabular.of(splits, width=8, seed=0)
        >>> filled = kgan.augment(rows, "colour", table, held_out=rows)
        >>> filled.added, len(filled.rows)
        ({'blue': 20}, 60)
    """
    augmenting = augment_rows if isinstance(y, str) else augment_pictures
    return augmenting(x, y, model, held_out, share, seed)
