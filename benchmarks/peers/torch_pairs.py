"""The games that map pictures to pictures in PyTorch, eager or with `torch.compile`: Adam fused, reals and samples in
one pass of a discriminator.
"""

import random

import numpy as np
import torch
from family_rows import check_parameters
from pair_rows import Mapping, named
from pairing import serve
from torch import nn
from torch.nn import functional
from torch_objectives import of_discriminator, of_generator
from torch_translators import Compact, Patches, ResNet, UNet, UNetDiscriminator

L1, COMPACT_L1 = 100.0, 10.0
CYCLE, IDENTITY = 5.0, 2.5  # beside losses with a half


def count(networks: nn.ModuleList) -> int:
    """The number of trainable parameters."""
    return sum(parameter.numel() for parameter in networks.parameters())


def of_network(discriminator: nn.Module, real: torch.Tensor, fake: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits of reals and of samples, in one pass."""
    return discriminator(torch.cat([real, fake])).chunk(2)


def squares(on_real: torch.Tensor, on_fake: torch.Tensor) -> torch.Tensor:
    """Least squares, of the discriminator."""
    return ((on_real - 1.0).square().mean() + on_fake.square().mean()) / 2


class Pool:
    """Earlier samples, as the authors of CycleGAN keep them."""

    def __init__(self, size: int):
        self.size, self.samples = size, []

    def exchanged(self, samples: torch.Tensor) -> torch.Tensor:
        shown = []
        for sample in samples.split(1):
            if len(self.samples) < self.size:
                self.samples.append(sample)
                shown.append(sample)
            elif random.random() < 0.5:
                place = random.randrange(self.size)
                shown.append(self.samples[place])
                self.samples[place] = sample
            else:
                shown.append(sample)
        return torch.cat(shown)


class Script:
    """One game, in one memory format."""

    def __init__(self, row: Mapping, images: np.ndarray, compiled: bool, memory_format: torch.memory_format):
        torch.manual_seed(0)
        random.seed(0)
        self.row, self.memory_format = row, memory_format
        half, channels_first = len(images) // 2, images.transpose(0, 3, 1, 2)
        self.inputs = torch.from_numpy(np.ascontiguousarray(channels_first[:half, :, :: row.scale, :: row.scale]))
        self.truths = torch.from_numpy(np.ascontiguousarray(channels_first[half:]))
        generators, discriminators = networks(row)
        check_parameters(row, count(generators), count(discriminators))
        self.plain = discriminators.to(memory_format=memory_format)
        generators = generators.to(memory_format=memory_format)
        self.g_optimizer, self.d_optimizer = (
            torch.optim.Adam(one.parameters(), row.rate, row.betas, eps=1e-8, fused=True)
            for one in (generators, discriminators)
        )
        self.generators, self.discriminators = (
            [torch.compile(one) if compiled else one for one in several] for several in (generators, discriminators)
        )
        self.pools = [Pool(row.pool), Pool(row.pool)]
        self.order, self.position = torch.randperm(half), 0

    def batch(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Inputs and truths."""
        if self.position + self.row.batch > len(self.order):
            self.order, self.position = torch.randperm(len(self.order)), 0
        rows = self.order[self.position : self.position + self.row.batch]
        self.position += self.row.batch
        return tuple(
            (side[rows].float() / 127.5 - 1.0).contiguous(memory_format=self.memory_format)
            for side in (self.inputs, self.truths)
        )

    def update(self, optimizer: torch.optim.Adam, loss: torch.Tensor) -> None:
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()

    def play(self) -> None:
        self.play_unpaired() if self.row.name == "cyclegan" else self.play_paired()

    def play_paired(self) -> None:
        """pix2pix, and super-resolution, whose discriminator does not see the input."""
        inputs, truths = self.batch()
        (generator,), (discriminator,) = self.generators, self.discriminators
        fake = generator(inputs)
        beside = [inputs] if self.row.name == "pix2pix" else []
        real, made = (torch.cat([one, *beside], 1) if beside else one for one in (truths, fake.detach()))
        self.update(self.d_optimizer, of_discriminator("non_saturating", *of_network(discriminator, real, made)))
        self.plain.requires_grad_(False)
        logits = discriminator(torch.cat([fake, *beside], 1) if beside else fake)
        weight = L1 if beside else COMPACT_L1
        self.update(
            self.g_optimizer, of_generator("non_saturating", logits) + weight * functional.l1_loss(fake, truths)
        )
        self.plain.requires_grad_(True)

    def play_unpaired(self) -> None:
        """CycleGAN: both ways there and back, and what is to stay as it is."""
        a, b = self.batch()
        to_b, to_a = self.generators
        of_a, of_b = self.discriminators
        made_b, made_a = to_b(a), to_a(b)
        cycles = functional.l1_loss(to_a(made_b), a) + functional.l1_loss(to_b(made_a), b)
        kept = functional.l1_loss(to_b(b), b) + functional.l1_loss(to_a(a), a)
        shown_a, shown_b = (
            pool.exchanged(one.detach()) for pool, one in zip(self.pools, (made_a, made_b), strict=True)
        )
        loss = squares(*of_network(of_a, a, shown_a)) + squares(*of_network(of_b, b, shown_b))
        self.update(self.d_optimizer, loss)
        self.plain.requires_grad_(False)
        fooled = ((of_a(made_a) - 1.0).square().mean() + (of_b(made_b) - 1.0).square().mean()) / 2
        self.update(self.g_optimizer, fooled + CYCLE * cycles + IDENTITY * kept)
        self.plain.requires_grad_(True)


def networks(row: Mapping) -> tuple[nn.ModuleList, nn.ModuleList]:
    """The generators and the discriminators."""
    if row.name == "cyclegan":
        pair = [ResNet(row) for _ in "ab"], [Patches(row, row.channels) for _ in "ab"]
    elif row.name == "pix2pix":
        pair = [UNet(row)], [Patches(row, 2 * row.channels)]
    else:
        pair = [Compact(row)], [UNetDiscriminator(row)]
    return tuple(nn.ModuleList(one) for one in pair)


def main(row: Mapping, images: np.ndarray, mode: str, layout: str):
    """Builds the game; returns what plays one iteration."""
    formats = {"channels_last": torch.channels_last, "contiguous": torch.contiguous_format}
    return Script(row, images, mode == "compile", formats[layout]).play


if __name__ == "__main__":
    serve(main, named, mode=("eager", "compile"), layout=("channels_last", "contiguous"))
