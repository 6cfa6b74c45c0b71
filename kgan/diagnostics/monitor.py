"""The Keras callback that looks at both networks after each epoch and says how training goes."""

import math
import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any, ClassVar

from kgan._support.checks import whole
from kgan.diagnostics import subjects, verdicts
from kgan.diagnostics.looks import LookingCallback
from kgan.diagnostics.probe import Probe
from kgan.diagnostics.signs import Observer, Signs
from kgan.diagnostics.verdict import BALANCED, COLLAPSED, DEAD, FAR, TOO_EARLY, WORSENING, Verdict
from kgan.metrics import extractors

__all__ = ["EquilibriumMonitor"]

_ASKED_AGAIN = 10  # looks after which a probe is asked again,
_SAME = 0.1  # or once the separation has moved by this since,
_HELD = 0.9  # or the coverage has fallen below this share of what it was
_OF_SAMPLES = (BALANCED, COLLAPSED, FAR, WORSENING)  # told by comparing samples with reals at full size


class EquilibriumMonitor(LookingCallback):
    """Says after each epoch how good the samples are and whether the game goes well, and if not, what to try.

    It looks at both players on the same reals, training and held-out, and the same latents each time, adds figures to
    the logs as `monitor_separation` and the like (callbacks after it in the list see them), and says a line when its
    verdict changes. A verdict is of the game where that goes wrong, else of the samples, measured by what held-out
    reals score; it changes once two looks in a row say so. Where the discriminator tells little, it and a fresh one
    learn for some seconds against a generator that stands still, to see whether there is something to tell; then that
    is forgotten.

    Args:
        every: Epochs between two looks.
        num_samples: Reals of each kind, and samples, to look at; fewer where there are fewer, or where they would take
            more than 512 MiB as float32 (42 of 1,024 x 1,024 pixels in colour). Of fewer than 10 held-out
            reals it looks at none, and of fewer than 10 training reals it gives no verdict; a line says so.
        features: What distances between samples are measured in, as for `kgan.metrics`; `None` takes those of the first
            metric that the GAN was compiled with, or the samples' own values.
        path: A JSON file that is written at each look; `None` for none.
        verbose: 0 says nothing, 1 a line when the verdict changes, 2 a line at each look.
        seed: Of latents and probes.
        say: Called with the line.
        advice_for: Who reads the advice: `"python"` is told arguments of `compile`, `"command line"` settings of
            `kgan train`.

    Attributes:
        epochs: The epochs, from 1, after which it looked.
        history: `kgan.diagnostics.Signs` of each look.
        verdicts: `kgan.diagnostics.Verdict` of each look.

    Examples:
        >>> monitor = kgan.callbacks.EquilibriumMonitor(every=5, verbose=2)  # fit(callbacks=[monitor])
        >>> monitor.verdicts  # one for each look, once it has looked
        []

    Raises:
        TypeError: when training begins, if the data can be read only once.
        ValueError: if `every` is less than 1, `num_samples` less than 10 or `seed` negative, no features have that
            name or `advice_for` is neither of the two; when training begins, if the model is no `kgan.GAN`.
    """

    signs = Signs
    missing: ClassVar = {"support": math.inf}

    def __init__(
        self,
        every: int = 1,
        num_samples: int = 500,
        features: Any = None,
        path: "str | os.PathLike | None" = None,
        verbose: int = 1,
        seed: int = 0,
        say: Callable[[str], None] = print,
        advice_for: str = "python",
    ):
        self._asked_at = 0
        super().__init__(every, path, verbose, say, advice_for)
        self.num_samples = whole("num_samples", num_samples, 10)
        self.features = None if features is None else extractors.checked(features)
        self.seed = whole("seed", seed, 0)

    def _look_back(self) -> None:
        super()._look_back()
        self._asked_at = min(self._earlier.get("asked_at", 0), len(self.history))

    def begin(self) -> bool:
        data = getattr(self.model, "fit_data", None)
        if data is None or not hasattr(self.model, "latents"):
            raise ValueError(
                f"Expected a kgan.GAN in its fit for EquilibriumMonitor. Received: {type(self.model).__name__}."
            )
        looked_at = subjects.gather(self.model, data.train, data.held_out, self.num_samples, self.seed, self.say)
        if looked_at is None:
            return False
        features = self.features
        if features is None:
            metrics = self.model.sample_metrics
            features = metrics[0].features if metrics else "pixels"
        self._subjects, self._extractor = looked_at, extractors.get(features)
        self._watch()
        return True

    def _watch(self) -> None:
        """Begins to look at the networks as they are now: what looks is traced for the stage that they have reached."""
        self._stage = getattr(self.model, "stage", None)
        self._observer = Observer(self.model, self._subjects, self._extractor)
        self._probe = None
        try:
            self._probe = Probe(self.model, self._subjects, self.seed)
        except ValueError as error:
            self.say(f"{error} Until then a dead discriminator cannot be told from an equilibrium.")

    def look(self) -> Signs:
        if getattr(self.model, "stage", None) != self._stage:
            self._watch()
        return self._observer.observe()

    def judge(self) -> Verdict:
        asked = self._probe.asked if self._probe else 0
        verdict = verdicts.judge(self.history, self._probe if self._is_due() else None, self.advice)
        if self._probe and self._probe.asked > asked:
            self._asked_at = len(self.history)
        return self._while_growing(verdict)

    def _while_growing(self, verdict: Verdict) -> Verdict:
        """The verdict, but none of samples that lack what larger images will bring."""
        layers = getattr(self.model, "growing_layers", [])
        grown = all(one.stage == one.last and float(one.fade.numpy()) == 1.0 for one in layers)
        if grown or verdict.name not in _OF_SAMPLES:
            return verdict
        told = f"The networks grow, and are at size {layers[0].stage + 1} of {layers[0].last + 1}. {verdict.because}"
        return replace(verdict, name=TOO_EARLY, because=told, advice=self.advice.train_longer())

    def _is_due(self) -> bool:
        """Whether to ask the probe, which takes seconds: not where it found nothing lately and nothing has changed."""
        if not self._asked_at or self.seen[-1] == DEAD:
            return True
        now, then = self.history[-1], self.history[self._asked_at - 1]
        same = abs(now.separation - then.separation) < _SAME and now.coverage > _HELD * then.coverage
        return not same or len(self.history) - self._asked_at >= _ASKED_AGAIN

    def record(self) -> dict:
        return {"num_samples": self.num_samples, "asked_at": self._asked_at, **super().record()}
