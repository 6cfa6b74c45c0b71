"""What the signs of training mean, in words, and what to do about it."""

import itertools
import math
from collections.abc import Sequence

from kgan.diagnostics.probe import Probe
from kgan.diagnostics.signs import Signs
from kgan.diagnostics.verdict import (
    BALANCED,
    COLLAPSED,
    DEAD,
    DISCRIMINATOR_WINS,
    DIVERGED,
    NO_GRADIENT,
    OSCILLATING,
    OVERFITTING,
    TOO_EARLY,
    Verdict,
)

__all__ = [
    "BALANCED",
    "COLLAPSED",
    "DEAD",
    "DISCRIMINATOR_WINS",
    "DIVERGED",
    "NAMES",
    "NO_GRADIENT",
    "OSCILLATING",
    "OVERFITTING",
    "TOO_EARLY",
    "Verdict",
    "judge",
    "needs_probe",
]

# Where one thing ends and the next begins. Each was set between healthy and deliberately broken runs on digits, which
# `benchmarks/verdicts.py` repeats.
_CANNOT_TELL = 0.62  # separation below which the discriminator may be dead
_PROBE_MARGIN = 0.15  # by which a fresh one then tells more than a dead one
_LEARNED = 0.25  # of what a fresh one tells more, what a live one gains against a generator that stands still
_KNOWS_BY_HEART = 0.65  # memorisation
_ALIKE = 0.35  # diversity
_COVERAGE_LOST = 0.5  # of the best coverage so far
_COVERAGE_WORTH = 0.2  # a coverage that was once better than this can be lost
_WON = 0.97  # separation
_NOT_GAINING = 0.01  # by which separation must fall over the looks of `_PATIENCE` for the generator to be catching up
_PATIENCE = 3  # looks
_STILL = 0.02  # generator_change
_NO_PULL = 0.02  # generator_pull
_CUT_OFF = 1e-3  # generator_gradient over the slope that it comes from
_FLAT = 1e-6  # generated_slope over real_slope
_SWING = 0.25  # of the separation, up and down, over the looks of `_SWINGS`
_SWINGS = 4
_AGAINST_COLLAPSE = (
    "Check that the generator uses its latents; add penalties=['r1', 'r2'] or objectives=['mode_seeking']."
)


NAMES = (
    BALANCED,
    TOO_EARLY,
    DISCRIMINATOR_WINS,
    NO_GRADIENT,
    DEAD,
    OVERFITTING,
    OSCILLATING,
    COLLAPSED,
    DIVERGED,
)


def judge(history: Sequence[Signs], probe: Probe | None = None) -> Verdict:
    """Names what training looks like; causes come before what they lead to.

    Args:
        history: Signs, the latest last.
        probe: Asked only where the discriminator cannot tell reals from samples, because it takes seconds. Without it,
            a dead discriminator cannot be told from an equilibrium.

    Raises:
        ValueError: if the history is empty.
    """
    if not history:
        raise ValueError("Expected at least one look at the model. Received: none.")
    now = history[-1]
    for rule in (_diverged, _no_gradient, _overfitting, _dead, _stands_still, _collapsed, _oscillating, _wins):
        verdict = rule(now, history, probe)
        if verdict is not None:
            return verdict
    if now.separation > _WON:
        return Verdict(
            TOO_EARLY,
            f"The discriminator tells {now.separation:.0%} of the pairs of a real and a sample, as at the start.",
            f"Train on; if it still does after {_PATIENCE} looks, it wins.",
        )
    return Verdict(
        BALANCED,
        f"The discriminator tells {now.separation:.0%} of the pairs of a real and a sample (50 % are luck), "
        f"and samples vary {_times(now.diversity)} as much as reals.",
        "",
    )


def needs_probe(now: Signs) -> bool:
    """Whether the discriminator tells so little that only a probe can say whether it is dead."""
    return now.separation < _CANNOT_TELL


def _diverged(now, history, probe):
    if not all(map(math.isfinite, (now.separation, now.generator_gradient, now.discriminator_gradient))):
        return Verdict(
            DIVERGED,
            "A logit or a gradient is not a finite number.",
            "Lower both learning rates, or clip gradients (global_clipnorm=1.0); in float16, look at the loss scale.",
        )
    return None


def _no_gradient(now, history, probe):
    if now.generator_pull < _NO_PULL:
        return Verdict(
            NO_GRADIENT,
            f"The loss lets {now.generator_pull:.1%} of the slope through to the generator: the discriminator is "
            f"sure of every sample, and the loss is flat there.",
            "Use loss='non_saturating' or 'relativistic_pairing', with an R1 penalty or weaker discriminator.",
        )
    if now.generated_slope <= _FLAT * now.real_slope:
        return Verdict(
            NO_GRADIENT,
            f"The discriminator is flat at the samples: its squared slope is {now.generated_slope:.1e} there and "
            f"{now.real_slope:.1e} on reals.",
            "Add penalties=['r1', 'r2'], or LeakyReLU in the discriminator.",
        )
    if now.generator_gradient < _CUT_OFF * math.sqrt(now.generated_slope):
        return Verdict(
            NO_GRADIENT,
            f"The discriminator slopes at the samples ({math.sqrt(now.generated_slope):.1e}), but only "
            f"{now.generator_gradient:.1e} of it reaches the generator's weights: its units or output are saturated.",
            "Lower the generator's learning rate and start again; saturated units do not come back.",
        )
    return None


def _dead(now, history, probe):
    if probe is None or not needs_probe(now):
        return None
    own = probe.own()
    if not math.isfinite(own):
        return Verdict(
            DIVERGED,
            "In 50 steps against a generator that stands still, the discriminator's logits stop being finite numbers.",
            "Lower its learning rate, or clip its gradients (global_clipnorm=1.0).",
        )
    if own > _CANNOT_TELL + _PROBE_MARGIN:
        return None  # it only lags behind a generator that moves
    fresh = probe.fresh()
    if not fresh >= own + _PROBE_MARGIN or own - now.separation > _LEARNED * (fresh - now.separation):
        return None  # a true equilibrium, as far as a discriminator of this kind can see; or it learns, if slowly
    told = (
        f"It tells {now.separation:.0%} of the pairs of a real and a sample, {own:.0%} after 50 steps against a "
        f"generator that stands still, where a freshly trained one tells {fresh:.0%}"
    )
    if now.discriminator_change == 0.0:
        return Verdict(
            DEAD,
            f"{told}; its weights have not moved since the last look.",
            "Give the discriminator's optimizer a learning rate above 0, or let its layers train.",
        )
    if now.saturated > 0.5:
        return Verdict(
            DEAD,
            f"{told}; {now.saturated:.0%} of its logits are saturated, and wrong.",
            "Lower the discriminator's learning rate tenfold or more, and start again.",
        )
    return Verdict(
        DEAD,
        f"{told}.",
        "Raise the discriminator's learning rate or its width, or weaken its penalties.",
    )


def _overfitting(now, history, probe):
    if now.memorisation > _KNOWS_BY_HEART:
        return Verdict(
            OVERFITTING,
            f"The discriminator ranks a training real above a held-out one in {now.memorisation:.0%} of the pairs "
            f"(50 % are luck): it knows the training reals by heart.",
            "Gather more data, or use augmentation='translation,cutout' or 'ada'; stop before it sets in.",
        )
    return None


def _collapsed(now, history, probe):
    if now.diversity < _ALIKE:
        return Verdict(
            COLLAPSED,
            f"Two samples differ {_times(now.diversity)} as much as two reals; the generator seems to make "
            f"{_support(now.support)}.",
            _AGAINST_COLLAPSE if now.separation < _WON else f"Lower the generator's learning rate. {_AGAINST_COLLAPSE}",
        )
    best = max(signs.coverage for signs in history)
    if best > _COVERAGE_WORTH and now.coverage < _COVERAGE_LOST * best:
        return Verdict(
            COLLAPSED,
            f"Samples cover {now.coverage:.0%} of the reals, down from {best:.0%}.",
            "Go back to an earlier checkpoint; add penalties=['r1', 'r2'], or lower both learning rates.",
        )
    return None


def _oscillating(now, history, probe):
    recent = [signs.separation for signs in history[-_SWINGS:]]
    turns = [later - earlier for earlier, later in itertools.pairwise(recent)]
    swings = sum(a * b < 0 and min(abs(a), abs(b)) > _SWING for a, b in itertools.pairwise(turns))
    if swings >= 2:
        return Verdict(
            OSCILLATING,
            f"The share of pairs that the discriminator tells swings: {', '.join(f'{one:.0%}' for one in recent)}.",
            "Lower both learning rates or beta_1, and add penalties=['r1', 'r2'], which damp the swings.",
        )
    return None


def _stands_still(now, history, probe):
    if _has_won(history) and now.generator_change < _STILL:
        return Verdict(
            DISCRIMINATOR_WINS,
            f"For {_PATIENCE} looks the discriminator has told nearly all pairs of a real and a sample, and the "
            f"generator's weights moved by {now.generator_change:.1%} of their norm since the last one.",
            "Raise the generator's learning rate.",
        )
    return None


def _wins(now, history, probe):
    if _has_won(history):
        return Verdict(
            DISCRIMINATOR_WINS,
            f"For {_PATIENCE} looks the discriminator has told more than {_WON:.0%} of the pairs of a real and a "
            f"sample, and the generator does not catch up.",
            "Lower the discriminator's learning rate or raise the generator's, or strengthen the R1 penalty.",
        )
    return None


def _has_won(history) -> bool:
    recent = [signs.separation for signs in history[-_PATIENCE:]]
    return len(recent) == _PATIENCE and min(recent) > _WON and recent[0] - recent[-1] < _NOT_GAINING


def _times(ratio: float) -> str:
    return f"{ratio:.2g} times"


def _support(count: float) -> str:
    return "no two alike" if math.isinf(count) else f"about {count:.0f} different ones"
