"""Continues films with a network that kgan exported, with NumPy, Pillow and onnxruntime alone.

    python film.py in.gif --frames 10 --out out.gif      # the film, and ten frames that follow

As a module:

    from film import Predictor
    following = Predictor("generator.onnx").predict(film, frames=10)  # (frames, height, width, channels), uint8

A film is a GIF, WebP or APNG, a `.npy` file or a folder of frames; videos (MP4 and the like) need PyAV, `pip install
av`. The network is given the last frames; beyond what it makes at once, it is given its own. A file that exists already
is never overwritten unless `--overwrite` is given. In a bundle, this file imports nothing of kgan.

The metadata that it reads from the ONNX file, each a text in JSON:

    kgan_input_shape    [frames, height, width, channels] that the network takes
    kgan_sample_shape   the same of what it gives
    kgan_input_range    [low, high] of the input: what black and white are
    kgan_value_range    [low, high] of the output

For readers there are also `kgan_kind`, `kgan_version` and `kgan_runner` (`film.py`).
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from .bundle_file import (
    MOST_BYTES,
    is_number,
    is_size,
    parsed,
    read_card,
    short,
    without_metadata,
)
from .film_files import MOVING, VIDEOS, FilmError, read_film, write_film
from .sessions import PROVIDERS, open_export

__all__ = ["FRAMES", "FilmError", "Predictor", "continue_film", "takes_films"]

FRAMES = 10  # that follow, unless told otherwise
RUNNER = "film.py"


class Predictor:
    """An exported network that continues films.

    Args:
        path: `generator.onnx`, or the bundle folder that holds it, whose `card.json` then says whether it is whole.
        threads: How many onnxruntime computes with; `None` for as many as are fastest.
        provider: What computes, as `Sampler` takes it.

    Raises:
        FilmError: if there is no such file, if it is not a kgan export that continues films, or if it is not the one
            that the card describes.
    """

    def __init__(self, path: "str | Path", threads: int | None = None, provider: str | None = None):
        file, self.engine, metadata = open_export(path, threads, provider)
        if metadata.get("kgan_runner", RUNNER) != RUNNER:
            raise FilmError(
                f"Expected a bundle that continues films. Received: {path}, which {metadata['kgan_runner']} runs. "
                f"Type kgan apply or kgan sample without frames."
            )
        try:
            self.input_shape = parsed(metadata, "kgan_input_shape")
            self.sample_shape = parsed(metadata, "kgan_sample_shape")
            self.input_range = parsed(metadata, "kgan_input_range")
            self.value_range = parsed(metadata, "kgan_value_range")
            self._check_facts()
        except (KeyError, ValueError) as error:
            raise without_metadata(file, error) from error
        self.channels = self.input_shape[3]

    def _check_facts(self) -> None:
        """Refuses metadata of another type or out of range, or that the network itself contradicts."""
        for name in ("input_shape", "sample_shape"):
            shape = getattr(self, name)
            if not isinstance(shape, list) or len(shape) != 4 or not all(map(is_size, shape)) or shape[3] not in (1, 3):
                raise ValueError(f"{name}={short(shape)}")
        if self.input_shape[1:] != self.sample_shape[1:]:
            raise ValueError(f"sample_shape={self.sample_shape} for input_shape={self.input_shape}")
        for name in ("input_range", "value_range"):
            bounds = getattr(self, name)
            pair = isinstance(bounds, list) and len(bounds) == 2 and all(map(is_number, bounds))
            if not pair or bounds[0] >= bounds[1]:
                raise ValueError(f"{name}={short(bounds)}")
        inputs, outputs = self.engine.session.get_inputs(), self.engine.session.get_outputs()
        if len(inputs) != 1 or inputs[0].type != "tensor(float)" or list(inputs[0].shape[1:]) != self.input_shape:
            raise ValueError(f"inputs {[one.name for one in inputs]}, where one float32 film was due")
        if list(outputs[0].shape[1:]) != self.sample_shape:
            raise ValueError(f"{outputs[0].name} of shape {short(outputs[0].shape)}")
        self.input, self.output = inputs[0].name, outputs[0].name

    def predict(self, film: np.ndarray, frames: int = FRAMES) -> np.ndarray:
        """The frames that follow.

        Args:
            film: `(frames, height, width)` or `(frames, height, width, channels)`, uint8, or floats in `input_range`;
                of the size that the network was trained on. Of longer films the last frames count. A grey film is
                repeated for a network that takes colours.
            frames: How many follow.

        Returns:
            `(frames, height, width, channels)`: uint8 for uint8, else float32 in `value_range`.

        Raises:
            FilmError: if the film has fewer frames than the network is given, another size or other channels, or if
                `frames` is out of range.
        """
        return np.concatenate(list(self.batches(film, frames)))

    def batches(self, film: np.ndarray, frames: int = FRAMES) -> Iterator[np.ndarray]:
        """The frames that follow, as many at a time as the network makes at once; `predict` has them in one array.

        Args:
            film: As `predict` takes it.
            frames: How many follow.

        Yields:
            `(some frames, height, width, channels)`.

        Raises:
            FilmError: if `predict` would raise it, before the first of them is made.
        """
        film = np.asarray(film)
        film = film[..., None] if film.ndim == 3 else film
        self._check(film, frames)
        film = film[-self.input_shape[0] :]
        if film.shape[3] == 1 and self.channels == 3:
            film = np.repeat(film, 3, axis=3)
        as_bytes, (low, high) = film.dtype == np.uint8, self.input_range
        seen = film.astype(np.float32)
        if as_bytes:
            seen = seen * np.float32((high - low) / 255.0) + np.float32(low)
        left = frames
        while left > 0:
            made = self._run(seen[None])[0]
            seen = np.clip(np.concatenate([seen, made])[-self.input_shape[0] :], low, high)
            yield self._in_bytes(made[:left]) if as_bytes else made[:left]
            left -= len(made)

    def _in_bytes(self, frames: np.ndarray) -> np.ndarray:
        low, high = self.value_range
        return np.clip(np.rint((frames - low) / (high - low) * 255.0), 0, 255).astype(np.uint8)

    def _check(self, film: np.ndarray, frames: int) -> None:
        given, *size, channels = self.input_shape
        if film.ndim != 4 or not film.size or not (film.dtype == np.uint8 or film.dtype.kind == "f"):
            raise FilmError(
                f"Expected a film (frames, height, width, channels), uint8 or floats. Received: {film.dtype} of shape "
                f"{film.shape}."
            )
        if not is_size(frames) or frames * np.prod(self.input_shape[1:]) * 16 > MOST_BYTES:
            raise FilmError(f"Expected frames >= 1, for which memory suffices. Received: frames={short(frames)}.")
        if len(film) < given:
            raise FilmError(f"Expected a film of at least {given} frames, which the network is given. Received: "
                            f"{len(film)}. Pass a longer film.")  # fmt: skip
        if list(film.shape[1:3]) != size:
            raise FilmError(
                f"Expected a film of {size[1]} x {size[0]} pixels (width x height), as the network was trained on. "
                f"Received: {film.shape[2]} x {film.shape[1]}. Pass --resize, which scales it and cuts about the "
                f"centre, or train on films of this size."
            )
        if film.shape[3] not in (1, channels):
            raise FilmError(
                f"Expected a {'grey film' if channels == 1 else 'film in colour'}, as the network was trained on. "
                f"Received: {film.shape[3]} channels. Convert it first."
            )
        if not np.isfinite(film).all():
            raise FilmError("Expected finite values. Received: NaN or infinity in the film.")

    def _run(self, seen: np.ndarray) -> np.ndarray:
        try:
            drawn = self.engine.run([self.output], {self.input: np.ascontiguousarray(seen)}, 1)[0]
        except Exception as error:
            raise FilmError(f"Expected a network that onnxruntime can run. Received: {short(error)}") from error
        if list(drawn.shape[1:]) != self.sample_shape or not np.isfinite(drawn).all():
            raise FilmError(
                f"Expected finite frames of shape {self.sample_shape} from the network. Received: shape {drawn.shape}, "
                f"or NaN or infinity. Export the generator anew."
            )
        return drawn


def takes_films(bundle: Path) -> bool:
    """Whether a bundle, or an ONNX file, continues films."""
    card = (read_card(bundle) or {}) if bundle.is_dir() else {}
    if "runner" in card:
        return card["runner"] == RUNNER
    return open_export(bundle)[2].get("kgan_runner") == RUNNER


def continue_film(
    model: "str | Path",
    source: "str | Path",
    out: "str | Path",
    frames: int = FRAMES,
    only: bool = False,
    resize: bool = False,
    overwrite: bool = False,
    threads: int | None = None,
    provider: str | None = None,
) -> int:
    """Writes a film and the frames that follow it.

    Args:
        model: `generator.onnx`, or the bundle folder that holds it.
        source: A film: a GIF, WebP or APNG, a `.npy` file, a folder of frames, or a video where PyAV is installed.
        out: Where the longer film goes, in the form that its name says; a name without a suffix is a folder of frames.
        frames: How many follow.
        only: Whether the frames that follow are written alone.
        resize: Whether a film of another size is scaled until it covers that of the network, and cut about the centre.
        overwrite: Whether what exists already is replaced.
        threads: How many onnxruntime computes with, as `Predictor` takes it.
        provider: What computes, as `Predictor` takes it.

    Returns:
        How many frames were written.

    Raises:
        FilmError: if the model is no export that continues films, the film cannot be read or does not fit it, or `out`
            exists already and `overwrite` is false.
    """
    out = Path(out)
    if out.suffix.lower() not in ("", ".npy", *MOVING, *VIDEOS):
        raise FilmError(
            f"Expected out to end in {', '.join((*MOVING, '.npy', *VIDEOS))}, or to be a folder. Received: {out}."
        )
    if out.exists() and not overwrite:
        raise FilmError(f"Expected nothing to be overwritten. Received: {out}, which exists. Pass --overwrite, or "
                        f"choose another --out.")  # fmt: skip
    predictor = Predictor(model, threads, provider)
    film, rate = read_film(Path(source))
    if resize:
        film = resized(film, predictor.input_shape[1:3])
    following = predictor.predict(film, frames)
    if film.shape[3] != following.shape[3]:
        film = np.repeat(film, following.shape[3], axis=3)
    written = following if only else np.concatenate([film, following])
    write_film(written, out, rate)
    return len(written)


def resized(film: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """A film scaled until it covers `(height, width)`, and cut about the centre."""
    if tuple(film.shape[1:3]) == tuple(size):
        return film
    pictures = [Image.fromarray(frame[..., 0] if frame.shape[-1] == 1 else frame) for frame in film]
    fitted = [ImageOps.fit(one, (size[1], size[0]), Image.Resampling.LANCZOS) for one in pictures]
    return np.stack([np.asarray(one) for one in fitted]).reshape(len(film), *size, film.shape[3])


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Continue a film with a network that kgan exported.")
    parser.add_argument("source", metavar="IN", help="a GIF, WebP, APNG or .npy file, a folder of frames, a video")
    parser.add_argument("--out", required=True, help="where the longer film goes; without a suffix, a folder of frames")
    parser.add_argument("--frames", type=int, default=FRAMES, help=f"how many follow ({FRAMES})")
    parser.add_argument("--only", action="store_true", help="write the frames that follow alone")
    parser.add_argument("--resize", action="store_true", help="scale the film to the network's size, and cut it")
    parser.add_argument("--model", default=Path(__file__).parent, help="the bundle, or its ONNX file")
    parser.add_argument("--overwrite", action="store_true", help="replace what exists already")
    parser.add_argument("--provider", help=f"what computes: {', '.join(PROVIDERS)}, if onnxruntime offers it")
    parser.add_argument("--threads", type=int, help="how many compute (default: as many as are fastest)")
    given = parser.parse_args(arguments)
    how = (given.frames, given.only, given.resize, given.overwrite, given.threads, given.provider)
    try:
        written = continue_film(given.model, given.source, given.out, *how)
    except (FilmError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201  a command line speaks
        return 2
    print(f"{written} frame{'' if written == 1 else 's'} in {given.out}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
