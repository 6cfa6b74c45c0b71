"""What Keras users type in `compile` that a game of two spells otherwise: refused, with what to type instead."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

from kgan._support import lookup

__all__ = ["refuse_other_spellings"]

_EACH = "each player has an optimizer of its own: pass generator_optimizer=... and discriminator_optimizer=..."
_LOSS = "pass loss=..., one loss that says what each player minimises, as 'non_saturating'"
_PENALTY = "pass penalties=[kgan.penalties.WGANGP(weight=...)], or another penalty"
_RATE = "pass generator_optimizer=keras.optimizers.Adam(...) and discriminator_optimizer=keras.optimizers.Adam(...)"
_INSTEAD = {
    **dict.fromkeys(("optimizer", "optimizers", "optimiser"), _EACH),
    **dict.fromkeys(
        ("g_optimizer", "gen_optimizer", "g_opt", "gen_opt", "optimizer_g"), "pass generator_optimizer=..."
    ),
    **dict.fromkeys(
        ("d_optimizer", "disc_optimizer", "d_opt", "disc_opt", "optimizer_d", "c_optimizer", "critic_optimizer"),
        "pass discriminator_optimizer=...",
    ),
    **dict.fromkeys(("loss_fn", "loss_function", "losses", "adversarial_loss", "criterion"), _LOSS),
    **dict.fromkeys(("g_loss_fn", "gen_loss_fn", "generator_loss", "generator_loss_fn", "g_loss"), _LOSS),
    **dict.fromkeys(("d_loss_fn", "disc_loss_fn", "discriminator_loss", "discriminator_loss_fn", "d_loss"), _LOSS),
    **dict.fromkeys(("gp_weight", "gradient_penalty", "lambda_gp", "gp_lambda", "penalty"), _PENALTY),
    **dict.fromkeys(
        ("discriminator_extra_steps", "d_steps", "n_critic", "critic_steps", "disc_steps"),
        "pass discriminator_steps=...",
    ),
    **dict.fromkeys(("learning_rate", "lr", "beta_1", "epsilon", "clipnorm", "clipvalue"), _RATE),
    **dict.fromkeys(("objective",), "pass objectives=[...]"),
    **dict.fromkeys(("metric",), "pass metrics=[...]"),
    "weighted_metrics": "a GAN weighs all samples alike: pass metrics=[kgan.metrics.FrechetDistance('digits')], say",
    "sample_weight_mode": "a GAN weighs all samples alike: leave it out",
    "auto_scale_loss": "in float16 each optimizer gets a loss scale of its own: leave it out",
    "label_smoothing": "pass loss=kgan.losses.NonSaturating(label_smoothing=...)",
    "ema_half_life": "it is an argument of the model's constructor, kgan.GAN(..., ema_half_life=...)",
    "num_classes": "it is an argument of the model's constructor, kgan.GAN(..., num_classes=...)",
    "latents": "it is an argument of the model's constructor, kgan.GAN(..., latents=...)",
    "latent_dim": "it is read off the generator's input: leave it out",
    **dict.fromkeys(
        ("batch_size", "epochs", "callbacks", "validation_data"), "it is an argument of fit: pass it there"
    ),
}


def refuse_other_spellings(compile_: Callable) -> Callable:
    """Wraps `compile`, so that an argument of another name is an error that says what it is called here.

    Args:
        compile_: The method; its signature stays what editors see.

    Raises:
        TypeError: when it is called, if an argument is unknown, or one optimizer stands alone without a name.
    """
    known = list(inspect.signature(compile_).parameters)[1:]

    @functools.wraps(compile_)
    def compile(self, *arguments: Any, **named: Any) -> None:
        unknown = [name for name in named if name not in known]
        if unknown:
            says = [f"{name}={_short(named[name])}: {_instead(name, known)}" for name in unknown]
            raise TypeError(
                f"Expected the arguments of compile of a {type(self).__name__}: {', '.join(known)}. "
                f"Received: {'; '.join(says)}."
            )
        if len(arguments) == 1 and arguments[0] is not None and "discriminator_optimizer" not in named:
            raise TypeError(
                f"Expected an optimizer for each player. Received: compile({_short(arguments[0])}), which says nothing "
                f"of the discriminator's. Pass generator_optimizer=... and discriminator_optimizer=..., or name the "
                f"one that is not to have its default."
            )
        return compile_(self, *arguments, **named)

    return compile


def _instead(name: str, known: list[str]) -> str:
    if name in _INSTEAD:
        return _INSTEAD[name]
    near = lookup.nearest(name, known).strip()
    return f"there is no such argument. {near}" if near else "there is no such argument"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
