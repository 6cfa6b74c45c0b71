"""Which way is better for the figures that Keras's callbacks are told to monitor."""

from typing import Any

import keras

from kgan.models.monitors import each_callback

__all__ = ["settle_modes"]

_MONITORING = (keras.callbacks.EarlyStopping, keras.callbacks.ModelCheckpoint, keras.callbacks.ReduceLROnPlateau)


def settle_modes(callbacks: Any, model: keras.Model) -> None:
    """Sets what `mode="auto"` means for a figure of a GAN, which Keras itself knows of its own losses only.

    Losses are minimised; a metric of samples says which way is better.

    Args:
        callbacks: As `fit` is given them.
        model: The compiled model.

    Raises:
        ValueError: if neither way is better for the figure, an accuracy say. Keras would say so after the first epoch.
    """
    better = {metric.name: metric.better for metric in model.sample_metrics}
    figures = {*(one.name for one in model.metrics), *model.metrics_names}
    for callback in each_callback(callbacks):
        monitoring = getattr(callback, "callback", callback)  # within a `DriveOptimizer`
        if not isinstance(monitoring, _MONITORING) or monitoring.mode != "auto":
            continue
        name = monitoring.monitor.removeprefix("val_")
        if name not in figures:  # which is refused where nobody logs it, by `check_monitors`
            continue
        mode = "min" if name.endswith("_loss") else better.get(name)
        if mode not in ("min", "max"):
            raise ValueError(
                f"Expected mode='min' or 'max', because neither way is plainly better for the figure. "
                f"Received: {type(monitoring).__name__}(monitor={monitoring.monitor!r}) without a mode."
            )
        monitoring.mode = mode
