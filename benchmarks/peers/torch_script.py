"""The same games in PyTorch, eager or with `torch.compile`: one generator pass, one discriminator pass, Adam fused."""

import itertools

import numpy as np
import torch
from pairing import Game, serve
from torch import nn
from torch.nn import functional


def generator(game: Game) -> nn.Module:
    """DCGAN's: dense onto a small grid, transposed convolutions up to the image."""
    side, filters = game.size // 2**game.stages, game.filters[::-1]
    stack = [nn.Linear(game.latent_dim, side * side * filters[0], bias=False)]
    stack += [nn.Unflatten(1, (filters[0], side, side))]
    for before, count in itertools.pairwise(filters):
        stack += [nn.BatchNorm2d(before), nn.ReLU(inplace=True)]
        stack += [nn.ConvTranspose2d(before, count, 4, 2, 1, bias=False)]
    stack += [nn.BatchNorm2d(filters[-1]), nn.ReLU(inplace=True)]
    return nn.Sequential(*stack, nn.ConvTranspose2d(filters[-1], game.channels, 4, 2, 1), nn.Tanh())


def discriminator(game: Game) -> nn.Module:
    """DCGAN's without BatchNorm: strided convolutions, dense."""
    stack, before = [], game.channels
    for count in game.filters:
        stack += [nn.Conv2d(before, count, 4, 2, 1), nn.LeakyReLU(0.2)]
        before = count
    side = game.size // 2**game.stages
    return nn.Sequential(*stack, nn.Flatten(), nn.Linear(before * side * side, 1))


class Script:
    """One game, in one memory format."""

    def __init__(self, game: Game, images: np.ndarray, compiled: bool, memory_format: torch.memory_format):
        torch.manual_seed(0)
        self.game, self.memory_format = game, memory_format
        self.images = torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))
        g, d = (build(game).to(memory_format=memory_format) for build in (generator, discriminator))
        self.g_optimizer, self.d_optimizer = (
            torch.optim.Adam(network.parameters(), game.rate, game.betas, fused=True) for network in (g, d)
        )
        self.parameters = list(d.parameters())
        differentiated_twice = game.zero_centred or game.wasserstein
        self.generator = torch.compile(g) if compiled else g
        # torch.compile has no second derivative: https://github.com/pytorch/pytorch/issues/91469
        self.discriminator = torch.compile(d) if compiled and not differentiated_twice else d
        self.order, self.position = torch.randperm(len(self.images)), 0

    def reals(self) -> torch.Tensor:
        if self.position + self.game.batch > len(self.order):
            self.order, self.position = torch.randperm(len(self.images)), 0
        rows = self.order[self.position : self.position + self.game.batch]
        self.position += self.game.batch
        return (self.images[rows].float() / 127.5 - 1.0).contiguous(memory_format=self.memory_format)

    def slopes(self, logits: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
        """The squared norm of the discriminator's gradient at each point."""
        (gradient,) = torch.autograd.grad(logits.sum(), points, create_graph=True)
        return gradient.square().sum((1, 2, 3))

    def discriminator_step(self, fake: torch.Tensor) -> None:
        real = self.reals()
        both = torch.cat([real, fake]).requires_grad_(self.game.zero_centred)
        logits = self.discriminator(both)
        on_real, on_fake = logits.chunk(2)
        if self.game.wasserstein:
            alpha = torch.rand(len(real), 1, 1, 1)
            points = (alpha * real + (1.0 - alpha) * fake).requires_grad_()
            slope = (self.slopes(self.discriminator(points), points) + 1e-10).sqrt()
            loss = on_fake.mean() - on_real.mean() + 10.0 * (slope - 1.0).square().mean()
        else:
            loss = functional.softplus(-on_real).mean() + functional.softplus(on_fake).mean()
        if self.game.zero_centred:
            loss = loss + 0.5 * 2.0 * self.slopes(logits, both).mean()
        self.d_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.d_optimizer.step()

    def play(self) -> None:
        for _ in range(self.game.discriminator_steps - 1):
            with torch.no_grad():
                fake = self.generator(torch.randn(self.game.batch, self.game.latent_dim))
            self.discriminator_step(fake)
        fake = self.generator(torch.randn(self.game.batch, self.game.latent_dim))
        self.discriminator_step(fake.detach())
        for parameter in self.parameters:
            parameter.requires_grad_(False)
        logits = self.discriminator(fake)
        loss = -logits.mean() if self.game.wasserstein else functional.softplus(-logits).mean()
        self.g_optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.g_optimizer.step()
        for parameter in self.parameters:
            parameter.requires_grad_(True)


def main(game: Game, images: np.ndarray, mode: str, layout: str):
    """Builds the game; returns what plays one iteration."""
    formats = {"channels_last": torch.channels_last, "contiguous": torch.contiguous_format}
    script = Script(game, images, mode == "compile", formats[layout])
    return script.play


if __name__ == "__main__":
    serve(main, mode=("eager", "compile"), layout=("channels_last", "contiguous"))
