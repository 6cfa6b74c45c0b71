"""What both sides of a game minimise, in PyTorch: adversarial losses and gradient penalties.

They ask for gradients by the images through a function that they are given, so that `torch.autograd` and `torch.func`
compute the same.
"""

from collections.abc import Callable

import torch
from step_games import StepGame
from torch.nn import functional

__all__ = ["of_discriminator", "of_generator", "of_penalised_discriminator", "squared_norm"]

Judge = Callable[[torch.Tensor], torch.Tensor]  # images to logits
Slopes = Callable[[Judge, torch.Tensor], tuple[torch.Tensor, torch.Tensor]]  # the gradient of their sum, and the logits


def of_discriminator(loss: str, on_real: torch.Tensor, on_fake: torch.Tensor) -> torch.Tensor:
    """What the discriminator minimises."""
    if loss == "hinge":
        return functional.relu(1.0 - on_real).mean() + functional.relu(1.0 + on_fake).mean()
    if loss == "wasserstein":
        return on_fake.mean() - on_real.mean()
    if loss == "relativistic_pairing":
        return functional.softplus(on_fake - on_real).mean()
    return functional.softplus(-on_real).mean() + functional.softplus(on_fake).mean()


def of_generator(loss: str, on_fake: torch.Tensor, on_real: torch.Tensor | None = None) -> torch.Tensor:
    """What the generator minimises; the relativistic loss takes the logits of reals too."""
    if loss == "relativistic_pairing":
        return functional.softplus(on_real - on_fake).mean()
    return functional.softplus(-on_fake).mean() if loss == "non_saturating" else -on_fake.mean()


def squared_norm(gradient: torch.Tensor) -> torch.Tensor:
    """Of each sample."""
    return gradient.square().sum((1, 2, 3))


def of_penalised_discriminator(
    game: StepGame, judge: Judge, plain: Judge, slopes: Slopes, real: torch.Tensor, fake: torch.Tensor
) -> torch.Tensor:
    """The loss with the penalties of every step.

    Args:
        game: Says which.
        judge: The discriminator, compiled or not.
        plain: The discriminator as it is, which gradients are differentiated through again.
        slopes: From the discriminator and images to the gradient of the logits' sum, and the logits.
        real: `(batch, channels, height, width)`.
        fake: As many samples.
    """
    r1, r2 = 0.0 if game.r1_is_lazy else game.r1, game.r2
    penalty = 0.0
    if r1 and r2:  # one pass has the logits and both gradients
        gradient, logits = slopes(plain, torch.cat([real, fake]))
        on_real, on_fake = logits.chunk(2)
        of_real, of_fake = squared_norm(gradient).chunk(2)
        penalty = r1 / 2.0 * of_real.mean() + r2 / 2.0 * of_fake.mean()
    elif r1 or r2:
        gradient, penalised = slopes(plain, real if r1 else fake)
        other = judge(fake if r1 else real)
        on_real, on_fake = (penalised, other) if r1 else (other, penalised)
        penalty = (r1 + r2) / 2.0 * squared_norm(gradient).mean()
    elif game.networks == "stylegan2":  # a statistic of the batch keeps them apart
        on_real, on_fake = judge(real), judge(fake)
    else:
        on_real, on_fake = judge(torch.cat([real, fake])).chunk(2)
    if game.wgangp:
        alpha = torch.rand(len(real), 1, 1, 1, device=real.device)
        gradient, _ = slopes(plain, alpha * real + (1.0 - alpha) * fake)
        slope = (squared_norm(gradient) + 1e-10).sqrt()
        penalty = penalty + game.wgangp * (slope - 1.0).square().mean()
    return of_discriminator(game.loss, on_real, on_fake) + penalty
