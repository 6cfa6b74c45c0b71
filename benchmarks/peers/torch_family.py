"""The games of published families in PyTorch, eager or with `torch.compile`: one generator pass, Adam fused.

`torch.compile` has no second derivative, so that what gradient penalties and path length go through runs eagerly:
https://github.com/pytorch/pytorch/issues/91469
"""

import math

import numpy as np
import torch
import torch_residual
import torch_stylegan2
from family_rows import Family, check_parameters, named
from pairing import serve
from torch import nn
from torch_objectives import of_discriminator, of_generator, squared_norm

PATH_SHRINK, PATH_DECAY = 2, 0.01  # path length on half of the batch, and of its moving mean


def count(network: nn.Module) -> int:
    """The number of trainable parameters."""
    return sum(parameter.numel() for parameter in network.parameters())


def adam(network: nn.Module, family: Family, rate: float, every: int) -> torch.optim.Adam:
    """Adam, corrected for an update more at `every` so many; 0 for none."""
    correction = every / (every + 1) if every else 1.0
    betas = tuple(beta**correction for beta in family.betas)
    return torch.optim.Adam(network.parameters(), rate * correction, betas, eps=1e-8, fused=True)


class Script:
    """One game, in one memory format."""

    def __init__(self, family: Family, images: np.ndarray, compiled: bool, memory_format: torch.memory_format):
        torch.manual_seed(0)
        self.family, self.memory_format = family, memory_format
        self.images = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))
        networks = torch_stylegan2 if family.name == "stylegan2" else torch_residual
        g, d = (
            network(family).to(memory_format=memory_format) for network in (networks.Generator, networks.Discriminator)
        )
        check_parameters(family, count(g), count(d))
        self.g_optimizer = adam(g, family, family.rates[0], family.path_length_every if family.path_length else 0)
        self.d_optimizer = adam(d, family, family.rates[1], family.r1_every if family.r1 else 0)
        self.plain_generator, self.plain_discriminator = g, d
        self.generator = torch.compile(g) if compiled else g
        self.discriminator = torch.compile(d) if compiled else d
        self.order, self.position = torch.randperm(len(self.images)), 0
        self.judged = self.updated = 0  # updates of the discriminator, and of the generator
        self.path_mean = torch.zeros(())

    def reals(self) -> torch.Tensor:
        if self.position + self.family.batch > len(self.order):
            self.order, self.position = torch.randperm(len(self.images)), 0
        rows = self.order[self.position : self.position + self.family.batch]
        self.position += self.family.batch
        return (self.images[rows].float() / 127.5 - 1.0).contiguous(memory_format=self.memory_format)

    def latents(self) -> torch.Tensor:
        return torch.randn(self.family.batch, self.family.latent_dim)

    def slopes(self, points: torch.Tensor) -> torch.Tensor:
        """The squared norm of the discriminator's gradient at each point."""
        points = points.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(self.plain_discriminator(points).sum(), points, create_graph=True)
        return squared_norm(gradient)

    def update(self, optimizer: torch.optim.Adam, loss: torch.Tensor) -> None:
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    def judge(self, real: torch.Tensor, fake: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits of reals and of samples: in one pass, but where a statistic of the batch keeps them apart."""
        if self.family.name == "stylegan2":
            return self.discriminator(real), self.discriminator(fake)
        return self.discriminator(torch.cat([real, fake])).chunk(2)

    def discriminator_step(self, fake: torch.Tensor) -> None:
        real = self.reals()
        loss = of_discriminator(self.family.loss, *self.judge(real, fake))
        if self.family.wgangp:
            alpha = torch.rand(len(real), 1, 1, 1)
            slope = (self.slopes(alpha * real + (1.0 - alpha) * fake) + 1e-10).sqrt()
            loss = loss + self.family.wgangp * (slope - 1.0).square().mean()
        self.update(self.d_optimizer, loss)
        self.judged += 1
        if self.family.r1 and self.judged % self.family.r1_every == 0:
            self.update(self.d_optimizer, self.family.r1_every * self.family.r1 / 2.0 * self.slopes(real).mean())

    def generator_step(self, latents: torch.Tensor, fake: torch.Tensor) -> None:
        self.plain_discriminator.requires_grad_(False)
        self.update(self.g_optimizer, of_generator(self.family.loss, self.discriminator(fake)))
        self.plain_discriminator.requires_grad_(True)
        self.updated += 1
        if self.family.path_length and self.updated % self.family.path_length_every == 0:
            paths = self.path_length(latents[: len(latents) // PATH_SHRINK])
            self.update(self.g_optimizer, self.family.path_length_every * self.family.path_length * paths)

    def path_length(self, latents: torch.Tensor) -> torch.Tensor:
        """How far the lengths of steps in the images lie from their moving mean."""
        styles = self.plain_generator.styles(latents)
        images = self.plain_generator.synthesis(styles)
        y = torch.randn_like(images) / math.sqrt(images.shape[2] * images.shape[3])
        (slopes,) = torch.autograd.grad((images * y).sum(), styles, create_graph=True)
        lengths = slopes.square().sum(2).mean(1).sqrt()
        moved = self.path_mean + PATH_DECAY * (lengths.mean() - self.path_mean)
        self.path_mean = moved.detach()
        return (lengths - moved).square().mean()

    def play(self) -> None:
        for _ in range(self.family.updates):
            for _ in range(self.family.discriminator_steps - 1):
                with torch.no_grad():
                    fake = self.generator(self.latents())
                self.discriminator_step(fake)
            latents = self.latents()
            fake = self.generator(latents)
            self.discriminator_step(fake.detach())
            self.generator_step(latents, fake)


def main(family: Family, images: np.ndarray, mode: str, layout: str):
    """Builds the game; returns what plays one iteration."""
    formats = {"channels_last": torch.channels_last, "contiguous": torch.contiguous_format}
    return Script(family, images, mode == "compile", formats[layout]).play


if __name__ == "__main__":
    serve(main, named, mode=("eager", "compile"), layout=("channels_last", "contiguous"))
