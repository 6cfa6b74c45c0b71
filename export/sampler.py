"""Draws samples from a generator that kgan exported, with NumPy, Pillow and onnxruntime alone.

    python sampler.py --count 64 --seed 0 --out grid.png
    python sampler.py --count 30 --labels Flags,People --seed 1 --out grid.png
    python sampler.py --count 1000 --seed 0 --out samples.npy
    python sampler.py --count 1000 --seed 0 --each samples/

As a module:

    from sampler import Sampler
    images = Sampler("generator.onnx").sample(64, seed=0)  # float32 (64, height, width, channels)

The same seed gives the same samples as `kgan.GAN.generate` in Keras. In a bundle, this file imports nothing of kgan.
"""

import argparse
import sys
from pathlib import Path

from .exported_generator import Sampler, SamplerError
from .label_text import parse_labels
from .latent_draws import LARGEST_SEED, chosen_seed, draw_latents
from .sample_files import check_out, each_name, grid, layout, picture_of, refuse_existing, write, write_one

__all__ = [
    "LARGEST_SEED",
    "Sampler",
    "SamplerError",
    "chosen_seed",
    "draw_latents",
    "grid",
    "parse_labels",
    "sample_each",
    "sample_to_file",
    "write",
]


def sample_to_file(model, count, seed, out, labels=None, truncation_psi=1.0):
    """Draws samples from an export and writes them; returns the array.

    `labels` are text, as `parse_labels` takes it, or what it gives, over and over. Where a grid goes through several
    classes, each has a column under its name.
    """
    sampler = Sampler(model)
    sampler.check_count(count)
    check_out(Path(out), sampler.sample_shape)
    chosen, columns, names = sampler.asked_for(labels, count)
    if Path(out).suffix.lower() != ".npy":
        layout(count, *sampler.sample_shape[:2], columns)  # refuses, before the samples are drawn
    samples = sampler.sample(count, seed, chosen, truncation_psi)
    write(samples, out, columns, sampler.value_range or (-1.0, 1.0), names)
    return samples


def sample_each(model, count, seed, folder, labels=None, truncation_psi=1.0, overwrite=False):
    """Draws samples from an export and writes a file of each, a picture where they are such; returns the paths.

    The files are named after the seed, the number of the sample and its class: `seed0-07-Flags.png`. Without a seed one
    is chosen, and named. Files that exist are refused before anything is drawn, unless `overwrite`.
    """
    sampler, folder = Sampler(model), Path(folder)
    sampler.check_count(count)
    if folder.exists() and not folder.is_dir():
        raise SamplerError(f"Expected a folder for a file of each sample. Received: {folder}, which is a file.")
    chosen, _, _ = sampler.asked_for(labels, count)
    seed = chosen_seed() if seed is None else seed
    drawn = len(sampler.sample_shape) == 3 and sampler.sample_shape[-1] in (1, 3, 4)
    titles = sampler.titles(chosen, count)
    paths = [
        folder / each_name(seed, number, count - 1, name, ".png" if drawn else ".npy")
        for number, name in enumerate(titles)
    ]
    if not overwrite:
        refuse_existing(paths)
    batches = sampler.batches(count, seed, chosen, truncation_psi)
    folder.mkdir(parents=True, exist_ok=True)
    value_range = sampler.value_range or (-1.0, 1.0)
    for path, sample in zip(paths, (one for batch in batches for one in batch), strict=True):
        write_one(picture_of(sample, value_range) if drawn else sample, path)
    return paths


def main(arguments=None):
    """The command line."""
    parser = argparse.ArgumentParser(description="Draw samples from a generator that kgan exported.")
    parser.add_argument("--model", default=Path(__file__).with_name("generator.onnx"), help="the exported ONNX file")
    parser.add_argument("--count", type=int, default=64, help="how many samples (default: 64)")
    parser.add_argument("--seed", type=int, default=None, help="the same seed gives the same samples")
    parser.add_argument(
        "--labels", default=None, help="classes to draw, by name or number: Flags,People; sets of tags: hat+beard,smile"
    )
    parser.add_argument("--truncation-psi", type=float, default=1.0, help="below 1: more typical, less diverse")
    parser.add_argument("--out", help="a picture (.png) of a grid, or .npy for the samples themselves")
    parser.add_argument("--each", metavar="FOLDER", help="a folder for a file of each sample")
    parser.add_argument("--overwrite", action="store_true", help="let --each replace files that exist")
    given = parser.parse_args(arguments)
    if (given.out is None) == (given.each is None):
        parser.error("Expected one of --out and --each. Received: " + ("neither." if given.out is None else "both."))
    seed = chosen_seed() if given.seed is None else given.seed
    what = (given.model, given.count, seed, given.out or given.each, given.labels, given.truncation_psi)
    try:
        sample_to_file(*what) if given.out else sample_each(*what, given.overwrite)
    except (SamplerError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201  a command line speaks
        return 2
    print(f"{given.count:,} sample{'' if given.count == 1 else 's'} of seed {seed} in {given.out or given.each}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
