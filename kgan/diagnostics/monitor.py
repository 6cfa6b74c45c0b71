"""The Keras callback that looks at the game after each epoch and says what it looks like."""

import math
import os
from collections.abc import Callable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import keras

from kgan._support import files
from kgan._support.checks import whole
from kgan.diagnostics import subjects, verdicts
from kgan.diagnostics.probe import Probe
from kgan.diagnostics.signs import Observer, Signs
from kgan.diagnostics.verdicts import Verdict
from kgan.metrics import extractors

__all__ = ["EquilibriumMonitor"]

_ASKED_AGAIN = 10  # looks after which a probe is asked again,
_SAME = 0.1  # or once the separation has moved by this since,
_HELD = 0.9  # or the coverage has fallen below this share of what it was


class EquilibriumMonitor(keras.callbacks.Callback):
    """Says after each epoch whether the game is balanced, and if not, what is wrong and what to try.

    It looks at both players on the same reals, training and held-out, and the same latents each time, adds figures to
    the logs as `monitor_separation` and the like (callbacks after it in the list see them), and says a line when its
    verdict changes. Where the discriminator tells little, it and a fresh one learn for some seconds against
    a generator that stands still, to see whether there is something to tell; then that is forgotten.

    Args:
        every: Epochs between two looks.
        num_samples: Reals of each kind, and samples, to look at; fewer where there are fewer.
        features: What distances between samples are measured in, as for `kgan.metrics`; `None` takes those of the first
            metric that the GAN was compiled with, or the samples' own values.
        path: A JSON file that is written at each look; `None` for none.
        verbose: 0 says nothing, 1 a line when the verdict changes, 2 a line at each look.
        seed: Of latents and probes.
        say: Called with the line.

    Attributes:
        epochs: The epochs, from 1, after which it looked.
        history: `kgan.diagnostics.Signs` of each look.
        verdicts: `kgan.diagnostics.Verdict` of each look.

    Raises:
        TypeError: when training begins, if the data can be read only once.
        ValueError: if `every` is less than 1, `num_samples` less than 10 or `seed` negative, or no features have that
            name; when training begins, if the model is no `kgan.GAN` or there are fewer than 10 reals.
    """

    def __init__(
        self,
        every: int = 1,
        num_samples: int = 500,
        features: Any = None,
        path: "str | os.PathLike | None" = None,
        verbose: int = 1,
        seed: int = 0,
        say: Callable[[str], None] = print,
    ):
        super().__init__()
        self.every = whole("every", every, 1)
        self.num_samples = whole("num_samples", num_samples, 10)
        self.features = None if features is None else extractors.checked(features)
        self.path = None if path is None else Path(path)
        self.verbose = verbose
        self.seed = whole("seed", seed, 0)
        self.say = say
        self._earlier: dict[str, Any] = {"asked_at": 0, "looks": []}
        self._look_back()

    def recall(self, record: dict, epochs: int) -> None:
        """Lets the next training go on from the looks of an earlier one.

        What a look measures since the one before it is NaN in the first.

        Args:
            record: As `record` gave it.
            epochs: Epochs of it that count; looks after later ones are forgotten.
        """
        looks = [look for look in record["looks"] if look["epoch"] <= epochs]
        self._earlier = {"asked_at": min(record.get("asked_at", 0), len(looks)), "looks": looks}

    def _look_back(self) -> None:
        looks = self._earlier["looks"]
        self._asked_at = self._earlier["asked_at"]
        self.epochs: list[int] = [look["epoch"] for look in looks]
        self.history: list[Signs] = [_signs(look["signs"]) for look in looks]
        self.verdicts: list[Verdict] = [Verdict(**look["verdict"]) for look in looks]

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        data = getattr(self.model, "fit_data", None)
        if data is None:
            raise ValueError(
                f"Expected a kgan.GAN in its fit for EquilibriumMonitor. Received: {type(self.model).__name__}."
            )
        looked_at = subjects.gather(self.model, data.train, data.held_out, self.num_samples, self.seed)
        features = self.features
        if features is None:
            metrics = self.model.sample_metrics
            features = metrics[0].features if metrics else "pixels"
        self._observer = Observer(self.model, looked_at, extractors.get(features))
        self._probe = None
        try:
            self._probe = Probe(self.model, looked_at, self.seed)
        except ValueError as error:
            self.say(f"{error} Until then a dead discriminator cannot be told from an equilibrium.")
        self._look_back()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if (epoch + 1) % self.every:
            if logs is not None:  # a column that begins late is one that Keras's CSVLogger leaves out
                logs.update({f"monitor_{field.name}": math.nan for field in fields(Signs)})
            return
        self.epochs.append(epoch + 1)
        self.history.append(self._observer.observe())
        asked = self._probe.asked if self._probe else 0
        self.verdicts.append(verdicts.judge(self.history, self._probe if self._is_due() else None))
        if self._probe and self._probe.asked > asked:
            self._asked_at = len(self.history)
        if logs is not None:
            logs.update({f"monitor_{name}": value for name, value in asdict(self.history[-1]).items()})
        changed = len(self.verdicts) < 2 or self.verdicts[-2].name != self.verdicts[-1].name
        if self.verbose > 1 or (self.verbose and changed):
            self.say(f"\nEpoch {epoch + 1}, {self.verdicts[-1]}")
        if self.path is not None:
            files.write_json(self.path, self.record())

    def _is_due(self) -> bool:
        """Whether to ask the probe, which takes seconds: not where it found nothing lately and nothing has changed."""
        if not self._asked_at or self.verdicts[-1].name == verdicts.DEAD:
            return True
        now, then = self.history[-1], self.history[self._asked_at - 1]
        same = abs(now.separation - then.separation) < _SAME and now.coverage > _HELD * then.coverage
        return not same or len(self.history) - self._asked_at >= _ASKED_AGAIN

    def record(self) -> dict:
        """All looks as plain values, a figure that is not finite as `None`."""
        looks = [
            {
                "epoch": epoch,
                "verdict": asdict(verdict),
                "signs": {key: value if math.isfinite(value) else None for key, value in asdict(signs).items()},
            }
            for epoch, signs, verdict in zip(self.epochs, self.history, self.verdicts, strict=True)
        ]
        return {"num_samples": self.num_samples, "asked_at": self._asked_at, "looks": looks}


def _signs(values: dict) -> Signs:
    """The signs that `record` has: of figures that are not finite, the support is infinite and the others are NaN."""
    missing = {"support": math.inf}
    return Signs(**{key: missing.get(key, math.nan) if value is None else value for key, value in values.items()})
