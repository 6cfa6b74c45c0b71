"""Draws samples from a generator that kgan exported, with NumPy, Pillow and onnxruntime alone.

    python sampler.py --count 64 --seed 0 --out grid.png
    python sampler.py --count 30 --labels Flags,People --seed 1 --out grid.png
    python sampler.py --count 100000 --seed 0 --out samples.npy
    python sampler.py --count 1000 --seed 0 --each samples/
    python sampler.py --latents z.npy --out samples.zip
    python sampler.py --model mapping.onnx --seed 0 --out w.npy      # of a StyleGAN that was exported with its parts
    python sampler.py --w w.npy --out grid.png
    python sampler.py --text "red heart" --out grid.png              # of a generator that was trained on captions
    python sampler.py --output masks --seed 0 --out masks.png        # of a generator of several outputs

As a module:

    from sampler import Sampler
    images = Sampler("generator.onnx").sample(64, seed=0)  # float32 (64, height, width, channels)

The same seed gives the same samples as `kgan.GAN.generate` in Keras.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .asked_texts import asked_by_text
from .bundle_file import check_against_card, short
from .draw import COUNT, Draw
from .exported_generator import Sampler, SamplerError
from .label_text import parse_labels
from .latent_draws import LARGEST_SEED, chosen_seed, draw_latents
from .progress import counting
from .sample_files import STREAMED, check_out, grid, layout, write
from .sample_streams import check_room, write_each, write_stream
from .sessions import PROVIDERS

__all__ = [
    "LARGEST_SEED",
    "Sampler",
    "SamplerError",
    "chosen_seed",
    "draw_latents",
    "grid",
    "parse_labels",
    "run",
    "sample_each",
    "sample_to_file",
    "write",
]


MAPPING, SYNTHESIS = "mapping.onnx", "synthesis.onnx"


def sample_to_file(
    model: str | os.PathLike | Sampler,
    count: int | None,
    seed: int | None,
    out: str | os.PathLike,
    labels: Any = None,
    truncation_psi: float = 1.0,
    latents: str | os.PathLike | None = None,
) -> np.ndarray | None:
    """Draws samples from an export and writes them into one file.

    Args:
        model: The export, or a `Sampler` of it.
        count: How many; `None` for 64, or one for each row of `latents`.
        seed: The same one gives the same samples; `None` chooses one.
        out: A picture of a grid, `.png`; or any number of samples, written as they are drawn: `.npy`, `.npz` (`samples`
            and `labels`), or `.zip`, a file of each.
        labels: Text, as `parse_labels` takes it, or what it gives, over and over. Where a grid goes through several
            classes, each has a column under its name.
        truncation_psi: Latents, or styles, are drawn towards their mean by this factor, in [0, 2].
        latents: A `.npy` file of latents, in place of a seed.

    Returns:
        The samples; those in a `.npy` file are mapped from there, and of the other two nothing is returned.
    """
    sampler, out = opened(model), Path(out)
    check_out(out, sampler.sample_shape)
    draw = Draw(sampler, count, seed, labels, truncation_psi, latents)
    return _write_file(draw, out)


def _write_file(draw: Draw, out: Path) -> np.ndarray | None:
    if out.suffix.lower() not in STREAMED:
        draw.check_memory()
        height, width, _ = draw.sample_shape
        layout(draw.count, height, width, draw.columns)  # refuses, before the samples are drawn
        samples = draw.samples()
        write(samples, out, draw.columns, draw.value_range, draw.names)
        return samples
    check_room(out, draw, out.suffix.lower() == ".zip")
    write_stream(counting(draw.batches(), draw.count), out, draw)
    return np.load(out, mmap_mode="r", allow_pickle=False) if out.suffix.lower() == ".npy" else None


def sample_each(
    model: str | os.PathLike | Sampler,
    count: int | None,
    seed: int | None,
    folder: str | os.PathLike,
    labels: Any = None,
    truncation_psi: float = 1.0,
    overwrite: bool = False,
    latents: str | os.PathLike | None = None,
) -> list[Path]:
    """Draws samples from an export and writes a file of each, a picture where they are such; returns the paths.

    The files are named after the seed, the number of the sample and its class: `seed0-07-Flags.png`. Without a seed one
    is chosen, and named. Files that exist are refused before anything is drawn, unless `overwrite`.
    """
    draw = Draw(opened(model), count, seed, labels, truncation_psi, latents)
    return list(_write_files(draw, Path(folder), overwrite))


def _write_files(draw: Draw, folder: Path, overwrite: bool) -> Iterator[Path]:
    """The paths, as they are written."""
    if folder.exists() and not folder.is_dir():
        raise SamplerError(f"Expected a folder for a file of each sample. Received: {folder}, which is a file.")
    check_room(folder, draw, True)
    return write_each(counting(draw.batches(), draw.count), folder, draw, overwrite)


def opened(
    model: str | os.PathLike | Sampler,
    threads: int | None = None,
    provider: str | None = None,
    output: str | None = None,
) -> Sampler:
    """A `Sampler` of an export; one that is open already as it is, unless another output is asked for."""
    if isinstance(model, Sampler):
        return model if output is None else model.giving(output)
    return Sampler(model, threads, provider, output)


def of_w(model: Any) -> Path:
    """The file of a bundle that takes w, a StyleGAN's synthesis, which its card must list.

    Raises:
        SamplerError: if the bundle has none, or the file is not the one that the card describes.
    """
    folder = Path(model)
    file = folder / SYNTHESIS
    if not folder.is_dir() or not file.is_file():
        raise SamplerError(
            f"Expected a bundle with {SYNTHESIS}, which takes w. Received: {model}, without it. Export a StyleGAN's "
            f"generator with parts=True."
        )
    check_against_card(folder, SYNTHESIS)
    return file


def run(
    model: str | os.PathLike | Sampler,
    out: str | os.PathLike | None = None,
    each: str | os.PathLike | None = None,
    overwrite: bool = False,
    threads: int | None = None,
    provider: str | None = None,
    output: str | None = None,
    w: str | os.PathLike | None = None,
    text: Sequence[str] | None = None,
    vectors: str | os.PathLike | None = None,
    **asked: Any,
) -> str:
    """Writes samples into a file, or a file of each; returns a line that says what was written.

    `asked` is what `Draw` takes: count, seed, labels, truncation_psi, latents. `w` is a `.npy` file in place of them.
    `text` are texts in place of labels, `vectors` a `.npy` file of those that an encoder makes of texts.
    """
    if w is not None:
        given = [
            name for name, value in asked.items() if value is not None and (name, value) != ("truncation_psi", 1.0)
        ]
        if given:
            raise SamplerError(
                f"Expected w without {given[0]}, which comes before it. Received: {given[0]}={short(asked[given[0]])}. "
                f"Draw w with {MAPPING}, and leave {given[0]} out here."
            )
        model, asked = of_w(model), {"latents": w}
    sampler = opened(model, threads, provider, output)
    asked_for = asked_by_text(sampler, text, vectors)
    if asked_for is not None:
        if asked.get("labels") is not None:
            raise SamplerError(f"Expected labels or text. Received: labels={short(asked['labels'])} beside text.")
        asked["labels"] = asked_for
    if out is not None:
        check_out(Path(out), sampler.sample_shape)
    draw = Draw(sampler, **asked)
    if each is None and out is not None:
        _write_file(draw, Path(out))
    elif each is not None:
        for _ in _write_files(draw, Path(each), overwrite):
            pass  # of any number of paths none is kept
    return f"{draw.count:,} sample{'' if draw.count == 1 else 's'} of {draw.source} in {each or out}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Draw samples from a generator that kgan exported.")
    parser.add_argument("--model", default=Path(__file__).parent, help="the bundle, or its ONNX file")
    parser.add_argument("--count", type=int, help=f"how many samples (default: {COUNT})")
    parser.add_argument("--seed", type=int, help="the same seed gives the same samples")
    parser.add_argument(
        "--labels", help="classes to draw, by name or number: Flags,People; sets of tags: hat+beard,smile"
    )
    parser.add_argument(
        "--text",
        action="append",
        help="what the pictures should show, of a generator that was trained on captions; again for each further text",
    )
    parser.add_argument(
        "--vectors", metavar="FILE", help="texts as an encoder of yours made vectors of them, a .npy file"
    )
    parser.add_argument("--truncation-psi", type=float, default=1.0, help="below 1: more typical, less diverse")
    parser.add_argument("--output", metavar="NAME", help="draw this output of a generator that has several")
    parser.add_argument("--latents", metavar="FILE", help="draw from latents of your own, a .npy file, not from a seed")
    parser.add_argument("--w", metavar="FILE", help=f"draw from w, a .npy file, as {MAPPING} of this bundle gives it")
    parser.add_argument(
        "--out",
        help="a picture (.png) of a grid; the samples themselves (.npy, .npz), or a picture of each (.zip), any number",
    )
    parser.add_argument("--each", metavar="FOLDER", help="a folder for a file of each sample")
    parser.add_argument("--overwrite", action="store_true", help="let --each replace files that exist")
    parser.add_argument("--provider", help=f"what computes: {', '.join(PROVIDERS)}, if onnxruntime offers it")
    parser.add_argument("--threads", type=int, help="how many compute (default: as many as are fastest)")
    given = vars(parser.parse_args(arguments))
    if (given["out"] is None) == (given["each"] is None):
        received = "neither." if given["out"] is None else "both."
        parser.error(f"Expected one of --out and --each. Received: {received}")
    try:
        print(run(**given))  # noqa: T201  a command line speaks
    except (SamplerError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)  # noqa: T201
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
