"""What a run's figures are called for a reader, and how their curves are drawn."""

from kgan.diagnostics import verdict
from kgan.metrics import METRICS, PSNR, SSIM, MeanAbsoluteError, PairFeatureDistance
from kgan.report import plots

__all__ = ["BETTER", "column", "curve", "duration", "mark", "measured_in_features", "metric_label"]

_MARKS = {  # green where the game is well and the samples are close, and nowhere else
    verdict.CLOSE: "#2f9e6e",
    verdict.BALANCED: "#4aa3b5",
    verdict.SETTLED: "#4aa3b5",
    verdict.IMPROVING: "#83aee0",
    verdict.WORSENING: "#b8703f",
    verdict.FAR: "#8a6f57",
    verdict.TOO_EARLY: "#8a939c",
    verdict.DISCRIMINATOR_WINS: "#3b7dd8",
    verdict.NO_GRADIENT: "#7a68c7",
    verdict.DEAD: "#555f69",
    verdict.OVERFITTING: "#d9a521",
    verdict.OSCILLATING: "#e07b39",
    verdict.MEMORISED: "#d9a521",
    verdict.COLLAPSED: "#c2549d",
    verdict.IGNORES_INPUT: "#c2549d",
    verdict.FEW_CLASSES: "#c2549d",
    verdict.UNLEARNED: "#8a6f57",
    verdict.DIVERGED: "#c93a3a",
}
_NO_MARK = "#8a939c"
OF_PAIRS = {
    "psnr": PSNR.title,
    "ssim": SSIM.title,
    "l1": MeanAbsoluteError.title,
    "feature_distance": PairFeatureDistance.title,
}
BETTER = {"min": "lower is better", "max": "higher is better", "floor": "best as for reals"}


def mark(name: str, samples: str) -> str:
    """The colour of a verdict.

    Args:
        name: Of the verdict; empty for none.
        samples: What it says of the samples; empty where it does not know them, and "balanced" is of the game alone.
    """
    if name == verdict.BALANCED and not samples:
        return _NO_MARK
    return _MARKS.get(name, _NO_MARK)


def metric_label(name: str, features: str | None) -> str:
    """`"val_frechet_distance"` as `"Frechet distance (digits)"`; other names as they are, in words.

    The extractor is not loaded for its name's sake, so that no figure is called FID here.
    """
    bare = name.removeprefix("val_")
    if bare in METRICS and name.startswith("val_"):
        return f"{METRICS[bare].title} ({features})"
    if bare in OF_PAIRS and name.startswith("val_"):
        return f"{OF_PAIRS[bare]} ({features})" if measured_in_features(name) else OF_PAIRS[bare]
    words = name.removeprefix("monitor_").removeprefix("val_").replace("_", " ")
    if name.startswith("monitor_"):
        words += ", monitor"
        if measured_in_features(name):
            words += f" ({features or 'pixels'})"
    return words + (", held out" if name.startswith("val_") else "")


def measured_in_features(name: str) -> bool:
    """Whether the figure depends on what samples are looked at through."""
    looked_through = ("monitor_diversity", "monitor_coverage", "monitor_support", "monitor_movement")
    looked_through += ("monitor_precision_ratio", "monitor_coverage_ratio", "val_feature_distance")
    return name in looked_through or (name.startswith("val_") and name.removeprefix("val_") in METRICS)


def column(figures: dict, name: str) -> "plots.Curve | None":
    """A column of the log over epochs; `None` where the log has none."""
    return None if name not in figures else (figures["epoch"], figures[name])


def curve(looks: list[dict], sign: str) -> "plots.Curve | None":
    """A sign over the epochs of the looks; `None` where no look has it."""
    values = [look["signs"].get(sign) for look in looks]
    if all(value is None for value in values):
        return None
    return [look["epoch"] for look in looks], [float("nan") if value is None else value for value in values]


def duration(seconds: float) -> str:
    """`3 min 27 s`."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds} s"
