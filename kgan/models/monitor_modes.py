"""Which way is better for the figures that Keras's callbacks are told to monitor."""

from typing import Any

import keras

from kgan import metrics

__all__ = ["settle_modes"]

_MONITORING = (keras.callbacks.EarlyStopping, keras.callbacks.ModelCheckpoint, keras.callbacks.ReduceLROnPlateau)


def settle_modes(callbacks: Any, sample_metrics: "list[metrics.FeatureMetric]") -> None:
    """Sets what `mode="auto"` means for a figure of a GAN, which Keras itself knows of its own losses only.

    Losses are minimised; a metric of samples says which way is better.

    Args:
        callbacks: As `fit` is given them.
        sample_metrics: As compiled.

    Raises:
        ValueError: if neither way is better for the figure, an accuracy say. Keras would say so after the first epoch.
    """
    better = {metric.name: metric.better for metric in sample_metrics}
    for callback in keras.tree.flatten(getattr(callbacks, "callbacks", callbacks)):
        monitoring = getattr(callback, "callback", callback)  # within a `DriveOptimizer`
        if not isinstance(monitoring, _MONITORING) or monitoring.mode != "auto":
            continue
        name = monitoring.monitor.removeprefix("val_")
        if name == "loss":  # Keras's default, which a GAN has not: its own warning says so
            continue
        mode = "min" if name.endswith("_loss") else better.get(name)
        if mode not in ("min", "max"):
            raise ValueError(
                f"Expected mode='min' or 'max', because neither way is plainly better for the figure. "
                f"Received: {type(monitoring).__name__}(monitor={monitoring.monitor!r}) without a mode."
            )
        monitoring.mode = mode
