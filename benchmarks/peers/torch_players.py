"""A game on a device, played eagerly; its networks may be compiled.

`torch.compile` cannot differentiate a compiled network twice (https://github.com/pytorch/pytorch/issues/91469), so that
what gradient penalties and path length go through runs eagerly here; `torch_whole.py` compiles it too.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch_r3gan
import torch_residual
import torch_script
import torch_stylegan2
from family_rows import Family
from pairing import Game
from step_games import StepGame
from torch import nn
from torch_objectives import of_generator, of_penalised_discriminator, squared_norm

__all__ = ["Eager", "Player", "Settings", "networks", "path_length"]

PATH_SHRINK, PATH_DECAY = 2, 0.01  # path length on half of the batch, and of its moving mean


@dataclass(frozen=True)
class Settings:
    """How a contender computes.

    Attributes:
        channels_last: The memory format of weights and images.
        compiled: `"networks"`, `"step"`, or nothing.
        mode: Of `torch.compile`.
        by_pools: Whether StyleGAN2's filter is computed by pools.
        captured: Whether the step will be captured as a CUDA graph.
    """

    channels_last: bool = False
    compiled: str = ""
    mode: str = "default"
    by_pools: bool = False
    captured: bool = False


def networks(game: StepGame) -> tuple[nn.Module, nn.Module]:
    """The generator and the discriminator.

    Raises:
        ValueError: if there are no such networks here, or they have another number of parameters than kgan's.
    """
    if game.networks == "dcgan":
        row = Game(game.size, game.channels, game.filters, latent_dim=game.latent_dim)
        pair = torch_script.generator(row), torch_script.discriminator(row)
    elif game.networks == "r3gan":
        pair = torch_r3gan.Generator(game), torch_r3gan.Discriminator(game)
    elif game.networks in ("sngan", "sagan", "wgan_gp_resnet", "stylegan2"):
        family = Family(
            game.networks,
            game.generator_width,
            game.discriminator_width,
            game.parameters,
            game.loss,
            latent_dim=game.latent_dim,
            max_width=game.max_width,
            wgangp=10.0 if game.networks == "wgan_gp_resnet" else 0.0,  # its critic has no spectral normalisation
            size=game.size,
            channels=game.channels,
        )
        module = torch_stylegan2 if game.networks == "stylegan2" else torch_residual
        pair = module.Generator(family), module.Discriminator(family)
    else:
        raise ValueError(f"Expected a family that is written in PyTorch here. Received: {game.networks!r}.")
    counts = tuple(sum(one.numel() for one in network.parameters()) for network in pair)
    if counts != tuple(game.parameters):
        raise ValueError(
            f"Expected networks of {game.parameters[0]:,} and {game.parameters[1]:,} parameters for {game.name!r}. "
            f"Received: {counts[0]:,} and {counts[1]:,}."
        )
    return pair


def path_length(game: StepGame, slopes: torch.Tensor, mean: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """How far the lengths of steps in the images lie from their moving mean, weighted; and the mean moved on."""
    lengths = slopes.float().square().sum(2).mean(1).sqrt()
    moved = mean + PATH_DECAY * (lengths.mean() - mean)
    return game.path_length_every * game.path_length * (lengths - moved).square().mean(), moved


class Player:
    """What every way to play has: networks and images on the device, draws, and precision."""

    def __init__(self, game: StepGame, images: np.ndarray, settings: Settings, device: torch.device):
        torch.manual_seed(0)
        torch_stylegan2.Filter.by_pools = settings.by_pools
        self.game, self.settings, self.device = game, settings, device
        self.format = torch.channels_last if settings.channels_last else torch.contiguous_format
        self.images = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2))).to(device)
        self.plain_generator, self.plain_discriminator = (
            network.to(device).to(memory_format=self.format) for network in networks(game)
        )
        self.path_mean = torch.zeros((), device=device)
        self.updates = 0

    def reals(self) -> torch.Tensor:
        """Images of a random batch, which lie on the device already."""
        rows = torch.randint(len(self.images), (self.game.batch,), device=self.device)
        return (self.images[rows].float() / 127.5 - 1.0).contiguous(memory_format=self.format)

    def latents(self) -> torch.Tensor:
        return torch.randn(self.game.batch, self.game.latent_dim, device=self.device)

    def few_latents(self) -> torch.Tensor:
        """Those that path length is measured at."""
        return self.latents()[: max(self.game.batch // PATH_SHRINK, 1)]

    def directions(self) -> torch.Tensor:
        """In the images, that path length looks along."""
        count, side = max(self.game.batch // PATH_SHRINK, 1), self.game.size
        return torch.randn(count, self.game.channels, side, side, device=self.device) / side

    def in_precision(self) -> contextlib.AbstractContextManager:
        """Where networks compute in the game's dtype; casts are not kept, because graphs may be captured."""
        half = self.game.dtype == "mixed_bfloat16"
        return torch.autocast(self.device.type, torch.bfloat16, enabled=half, cache_enabled=False)

    def corrections(self) -> tuple[float, float]:
        """Of the rate and betas of both Adams, for the updates more that lazy terms have."""
        every = self.game.path_length_every if self.game.path_length else 0
        r1 = self.game.r1_every if self.game.r1_is_lazy else 0
        return tuple(one / (one + 1) if one else 1.0 for one in (every, r1))

    def play(self) -> None:
        """One update of the generator, as many of the discriminator as there are to one, and lazy ones."""
        for _ in range(self.game.discriminator_steps - 1):
            self.critic_step()
        self.step()
        self.updates += 1
        if self.game.r1_is_lazy and self.updates % self.game.r1_every == 0:
            self.r1_step()
        if self.game.path_length and self.updates % self.game.path_length_every == 0:
            self.path_step()

    def is_finite(self) -> bool:
        """Whether every weight is a number still."""
        weights = [*self.plain_generator.parameters(), *self.plain_discriminator.parameters()]
        return all(bool(torch.isfinite(one).all()) for one in weights)


class Eager(Player):
    """Played with `torch.autograd`; the networks may be compiled."""

    def __init__(self, game: StepGame, images: np.ndarray, settings: Settings, device: torch.device):
        super().__init__(game, images, settings, device)
        self.generator, self.discriminator = (
            torch.compile(network, mode=settings.mode) if settings.compiled else network
            for network in (self.plain_generator, self.plain_discriminator)
        )
        self.optimizers = [
            torch.optim.Adam(
                network.parameters(),
                rate * correction,
                tuple(beta**correction for beta in game.betas),
                eps=game.epsilon,
                fused=True,
                capturable=settings.captured,
            )
            for network, rate, correction in zip(
                (self.plain_generator, self.plain_discriminator), game.rates, self.corrections(), strict=True
            )
        ]
        self.averaged = [one.detach().clone() for one in self._averages_of()]

    def _averages_of(self) -> list[torch.Tensor]:
        buffers = [one for one in self.plain_generator.buffers() if one.is_floating_point()]
        return [*self.plain_generator.parameters(), *buffers]

    def _run(self, network: Callable, inputs: torch.Tensor) -> torch.Tensor:
        with self.in_precision():
            return network(inputs).float()

    def judge(self, images: torch.Tensor) -> torch.Tensor:
        return self._run(self.discriminator, images)

    def judge_plainly(self, images: torch.Tensor) -> torch.Tensor:
        return self._run(self.plain_discriminator, images)

    @staticmethod
    def slopes(judge: Callable, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        images = images.detach().requires_grad_()
        logits = judge(images)
        return torch.autograd.grad(logits.sum(), images, create_graph=True)[0], logits

    def update(self, side: int, loss: torch.Tensor, lazily: bool = False) -> None:
        """An update; in a lazy one, weights that the loss does not depend on have a gradient of 0, as in kgan."""
        self.optimizers[side].zero_grad(set_to_none=not lazily)
        loss.backward()
        self.optimizers[side].step()

    def _update_discriminator(self, real: torch.Tensor, fake: torch.Tensor) -> None:
        loss = of_penalised_discriminator(self.game, self.judge, self.judge_plainly, self.slopes, real, fake)
        self.update(1, loss)

    def critic_step(self) -> None:
        with torch.no_grad():
            fake = self._run(self.generator, self.latents())
        self._update_discriminator(self.reals(), fake)

    def step(self) -> None:
        fake, real = self._run(self.generator, self.latents()), self.reals()
        self._update_discriminator(real, fake.detach())
        on_real = None
        if self.game.loss == "relativistic_pairing":
            with torch.no_grad():
                on_real = self.judge(real)
        self.plain_discriminator.requires_grad_(False)
        self.update(0, of_generator(self.game.loss, self.judge(fake), on_real))
        self.plain_discriminator.requires_grad_(True)
        if self.game.ema is not None:
            with torch.no_grad():
                torch._foreach_lerp_(self.averaged, self._averages_of(), 1.0 - self.game.ema)

    def r1_step(self) -> None:
        """Of a batch of its own, which costs what that of the step would."""
        slopes, _ = self.slopes(self.judge_plainly, self.reals())
        self.update(1, self.game.r1_every * self.game.r1 / 2.0 * squared_norm(slopes).mean(), lazily=True)

    def path_step(self) -> None:
        latents, y = self.few_latents(), self.directions()
        with self.in_precision():
            styles = self.plain_generator.styles(latents)
            images = self.plain_generator.synthesis(styles)
        (slopes,) = torch.autograd.grad((images * y).sum(), styles, create_graph=True)
        loss, moved = path_length(self.game, slopes, self.path_mean)
        self.update(0, loss, lazily=True)
        self.path_mean.copy_(moved.detach())
