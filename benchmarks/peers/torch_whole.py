"""A game whose whole step `torch.compile` takes: both networks, both updates, gradients of gradients, and averages.

`torch.autograd.grad` cannot be compiled, `torch.func`'s transformations can, so that the step is written with those, in
no more than one graph for each kind of step; Adam is its formula on all weights at once, which the compiler fuses.
"""

from collections.abc import Callable

import numpy as np
import torch
from step_games import StepGame
from torch import nn
from torch.func import functional_call, grad, grad_and_value, vjp
from torch_objectives import of_generator, of_penalised_discriminator, squared_norm
from torch_players import Player, Settings, path_length

__all__ = ["Whole"]

Weights = dict[str, torch.Tensor]


class Adam:
    """Adam by its formula, in as few operations on all weights together as it takes."""

    def __init__(self, weights: Weights, rate: float, betas: tuple[float, float], epsilon: float):
        self.weights, self.rate, self.betas, self.epsilon = weights, rate, betas, epsilon
        self.first, self.second = ([torch.zeros_like(one) for one in weights.values()] for _ in range(2))
        self.updates = torch.zeros((), device=next(iter(weights.values())).device)

    def tensors(self) -> list[torch.Tensor]:
        """What it keeps."""
        return [*self.first, *self.second, self.updates]

    def update(self, gradients: Weights) -> None:
        g = [gradients[name] for name in self.weights]
        self.updates.add_(1.0)
        torch._foreach_lerp_(self.first, g, 1.0 - self.betas[0])
        torch._foreach_mul_(self.second, self.betas[1])
        torch._foreach_addcmul_(self.second, g, g, 1.0 - self.betas[1])
        unbiased = [1.0 - beta**self.updates for beta in self.betas]
        scale = torch._foreach_sqrt(self.second)
        torch._foreach_mul_(scale, unbiased[1].rsqrt())
        torch._foreach_add_(scale, self.epsilon)
        steps = torch._foreach_div(self.first, scale)
        torch._foreach_mul_(steps, -self.rate / unbiased[0])
        torch._foreach_add_(list(self.weights.values()), steps)


class Whole(Player):
    """Played with `torch.func`, compiled or, to compare it with, not."""

    def __init__(self, game: StepGame, images: np.ndarray, settings: Settings, device: torch.device):
        super().__init__(game, images, settings, device)
        self.g, self.d = (_weights(one) for one in (self.plain_generator, self.plain_discriminator))
        self.g_moved, self.d_moved = (
            dict(one.named_buffers()) for one in (self.plain_generator, self.plain_discriminator)
        )
        self.g_adam, self.d_adam = (
            Adam(weights, rate * correction, tuple(beta**correction for beta in game.betas), game.epsilon)
            for weights, rate, correction in zip((self.g, self.d), game.rates, self.corrections(), strict=True)
        )
        self.styles, self.synthesis = (_Method(self.plain_generator, one) for one in ("styles", "synthesis"))
        self.averaged = [one.clone() for one in self._averages_of()]
        if settings.compiled:
            for one in [*self.g.values(), *self.d.values(), *self.g_adam.tensors(), *self.d_adam.tensors()]:
                torch._dynamo.mark_static_address(one)
            for one in [*self.averaged, *self.g_moved.values(), *self.d_moved.values(), self.path_mean]:
                torch._dynamo.mark_static_address(one)
            for name in ("critic_step", "step", "r1_step", "path_step"):
                setattr(self, name, torch.compile(getattr(self, name), mode=settings.mode, fullgraph=True))

    def play(self) -> None:
        with torch.no_grad():
            super().play()

    def _averages_of(self) -> list[torch.Tensor]:
        return [*self.g.values(), *(one for one in self.g_moved.values() if one.is_floating_point())]

    def _run(self, network: nn.Module, weights: Weights, moved: Weights, inputs: torch.Tensor) -> torch.Tensor:
        """The network with these weights, in the game's precision; `moved` gets what it keeps of a batch."""
        with self.in_precision():
            return functional_call(network, {**weights, **moved}, (inputs,)).float()

    def _judge(self, weights: Weights, moved: Weights) -> Callable[[torch.Tensor], torch.Tensor]:
        return lambda images: self._run(self.plain_discriminator, weights, moved, images)

    @staticmethod
    def slopes(judge: Callable, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        def summed(images):
            logits = judge(images)
            return logits.sum(), logits

        return grad(summed, has_aux=True)(images)

    def _make(self, weights: Weights, latents: torch.Tensor) -> tuple[torch.Tensor, Weights]:
        moved = _copies(self.g_moved)
        return self._run(self.plain_generator, weights, moved, latents), moved

    def _update_discriminator(self, real: torch.Tensor, fake: torch.Tensor) -> None:
        def loss(weights):
            moved = _copies(self.d_moved)
            judge = self._judge(weights, moved)
            return of_penalised_discriminator(self.game, judge, judge, self.slopes, real, fake), moved

        gradients, (_, moved) = grad_and_value(loss, has_aux=True)(self.d)
        self.d_adam.update(gradients)
        _keep(self.d_moved, moved)

    def critic_step(self) -> None:
        fake, _ = self._make(self.g, self.latents())
        self._update_discriminator(self.reals(), fake)

    def step(self) -> None:
        latents = self.latents()
        fake, pull, moved = vjp(lambda weights: self._make(weights, latents), self.g, has_aux=True)
        real = self.reals()
        self._update_discriminator(real, fake)
        judge = self._judge(self.d, _copies(self.d_moved))
        on_real = judge(real) if self.game.loss == "relativistic_pairing" else None
        by_images = grad(lambda images: of_generator(self.game.loss, judge(images), on_real))(fake)
        self.g_adam.update(pull(by_images)[0])
        _keep(self.g_moved, moved)
        if self.game.ema is not None:
            torch._foreach_lerp_(self.averaged, self._averages_of(), 1.0 - self.game.ema)

    def r1_step(self) -> None:
        real = self.reals()

        def loss(weights):
            slopes, _ = self.slopes(self._judge(weights, _copies(self.d_moved)), real)
            return self.game.r1_every * self.game.r1 / 2.0 * squared_norm(slopes).mean()

        self.d_adam.update(grad(loss)(self.d))

    def path_step(self) -> None:
        latents, y = self.few_latents(), self.directions()

        def loss(weights):
            moved = _copies(self.g_moved)
            styles = self._run(self.styles, _inner(weights), _inner(moved), latents)

            def along(styles):
                return (self._run(self.synthesis, _inner(weights), _inner(moved), styles) * y).sum()

            return path_length(self.game, grad(along)(styles), self.path_mean)

        gradients, mean = grad(loss, has_aux=True)(self.g)
        self.g_adam.update(gradients)
        self.path_mean.copy_(mean)


class _Method(nn.Module):
    """A network one of whose methods is called in place of `forward`."""

    def __init__(self, network: nn.Module, method: str):
        super().__init__()
        self.network, self.method = network, method

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return getattr(self.network, self.method)(inputs)


def _inner(weights: Weights) -> Weights:
    """As a network's that is the part `network` of another."""
    return {f"network.{name}": one for name, one in weights.items()}


def _weights(network: nn.Module) -> Weights:
    return {name: one.detach() for name, one in network.named_parameters()}


def _copies(moved: Weights) -> Weights:
    return {name: one.clone() for name, one in moved.items()}


def _keep(kept: Weights, moved: Weights) -> None:
    for name, one in kept.items():
        one.copy_(moved[name])
