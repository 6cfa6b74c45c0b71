"""A sheet of samples by the class that is told of them, after each epoch."""

import os
from typing import Any

from kgan import pictures
from kgan._support.checks import whole
from kgan.callbacks.epoch_pictures import EpochPictures
from kgan.diagnostics.domain_signs import DomainSubjects, some_of_domains

__all__ = ["ClassGrid"]

_CHANNELS = (1, 3, 4)


class ClassGrid(EpochPictures):
    """Draws samples of the target by the class that a `kgan.DomainAdaptation` tells of them, after each epoch.

    The samples are held-out ones, or training samples where none are held out, the same each time. Writes
    `epoch-0001.png`, `epoch-0002.png`, ...: a column for each class; samples of another class have a red edge, where
    held-out samples have labels.

    Args:
        folder: Where the pictures go; made when missing.
        rows: Samples of a class to draw; fewer where there are fewer.
        num_samples: Samples of the target to choose from.
        seed: Of the choice of samples.
        log_dir: A TensorBoard folder that shows the sheets too, as `samples/classes`; `None` for none.

    Raises:
        TypeError: when training begins, if the data can be read only once.
        ValueError: if `rows` or `num_samples` is less than 1 or `seed` negative; when training begins, if the model is
            no `kgan.DomainAdaptation` of images.
    """

    def __init__(
        self,
        folder: "str | os.PathLike",
        rows: int = 8,
        num_samples: int = 300,
        seed: int = 0,
        log_dir: "str | os.PathLike | None" = None,
    ):
        super().__init__(folder, log_dir)
        self.rows = whole("rows", rows, 1)
        self.num_samples = whole("num_samples", num_samples, 1)
        self.seed = whole("seed", seed, 0)
        self._drawn: DomainSubjects | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        data = getattr(self.model, "fit_data", None)
        if data is None or not hasattr(self.model, "classify"):
            raise ValueError(
                f"Expected a kgan.DomainAdaptation in its fit for ClassGrid. Received: {type(self.model).__name__}."
            )
        shape = tuple(self.model.sample_shape)
        if len(shape) != 3 or shape[-1] not in _CHANNELS or self.model.value_range is None:
            raise ValueError(
                f"Expected images with 1, 3 or 4 channels and a value range for ClassGrid. Received: samples of shape "
                f"{shape}, value_range={self.model.value_range}."
            )
        held_out = data.held_out is not None
        self._drawn = some_of_domains(data.held_out if held_out else data.train, self.num_samples, self.seed, held_out)
        self.open_log()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self._drawn is None:
            return
        told = self.model.classify(self._drawn.target).argmax(axis=1)
        names = self.model.class_names or [str(number) for number in range(self.model.num_classes)]
        truths, value_range = self._drawn.target_labels, self.model.value_range
        picture = pictures.by_class(self._drawn.target, told, names, truths, value_range, self.rows)
        self.keep(picture, epoch + 1, "samples/classes")
