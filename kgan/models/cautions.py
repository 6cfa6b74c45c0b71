"""Combinations of settings that papers found not to work: they train, so they are warned of and not refused."""

import functools
import logging
from typing import Any

from kgan import schedules
from kgan._step.adapted_optimizer import inner
from kgan.penalties import R1, R2

__all__ = ["cautions", "warn"]

_R3GAN = "Huang et al., 2024, arXiv:2501.05441"
_SOURCES = {  # by the loss
    "relativistic_pairing": _R3GAN,
    "relativistic_average": f"Inferred by kgan from relativistic_pairing: {_R3GAN}",
}
_LARGEST_BETA_2 = 0.99


def cautions(model: Any) -> list[str]:
    """A line for each combination that a paper warns of, with the paper, or that kgan infers from it, which is said.

    Args:
        model: A compiled `kgan.AdversarialModel`.

    Examples:
        >>> gan = kgan.GAN(
        ...     kgan.architectures.dcgan_generator((8, 8, 1), latent_dim=4, width=4),
        ...     kgan.architectures.dcgan_discriminator((8, 8, 1), width=4),
        ... )
        >>> gan.compile(loss="relativistic_pairing", penalties=[kgan.penalties.R1(10.0, every=16)])
        >>> [line.partition(".")[0] for line in kgan.models.cautions.cautions(gan)]
        ['A lazy R1 or R2 (every=16) fails to converge with relativistic_pairing']
    """
    loss = model.adversarial_loss.name
    zero_centred = [one for one in model.penalties if isinstance(one, R1 | R2)]
    if loss not in _SOURCES or not zero_centred:
        return []
    found, source = [], _SOURCES[loss]
    lazy = max(one.every for one in zero_centred)
    if lazy > 1:
        found.append(f"A lazy R1 or R2 (every={lazy}) fails to converge with {loss}. Pass every=1. {source}")
    if {R1, R2} <= {type(one) for one in zero_centred}:  # R3GAN's own
        if any(network.compute_dtype == "float16" for network in model.discriminators.values()):
            found.append(
                f"float16 hurts {loss} with R1 and R2, whose gradients underflow. Take mixed_bfloat16. {source}"
            )
        beta_2 = _largest_beta_2(model)
        if beta_2 > _LARGEST_BETA_2:
            found.append(
                f"beta_2={beta_2:g} is slow to follow {loss} with R1 and R2, which is published with 0.9 to 0.99. "
                f"Pass compile(beta_2=0.99). {source}"
            )
    return found


def warn(model: Any) -> None:
    """Says them in kgan's log, each once a process."""
    for line in cautions(model):
        _say(line)


@functools.cache
def _say(line: str) -> None:
    logging.getLogger("kgan").warning("%s", line)


def _largest_beta_2(model: Any) -> float:
    if model.beta_2 is not None:  # of both, and may move
        return model.beta_2.most if isinstance(model.beta_2, schedules.Schedule) else float(model.beta_2)
    optimizers = (inner(model.generator_optimizer), inner(model.discriminator_optimizer))
    return max(float(getattr(one, "beta_2", 0.0)) for one in optimizers)
