"""Makes waves of mel spectrograms by a vocoder that kgan exported, with NumPy and onnxruntime alone.

    python vocode.py mel.npy --out speech.wav
    python vocode.py speech.wav --out again.wav     # copy synthesis: the spectrogram of a wave, and a wave of that
    python vocode.py spoken/ --out made/            # a folder with its sub-folders; names are kept

As a module:

    from vocode import Vocoder
    vocoder = Vocoder("generator.onnx")
    wave = vocoder.wave(mel)        # (frames, mels) -> (frames * hop,) float32
    mel = vocoder.mel(wave)         # the other way, as the network was trained on it

A wave that exists already is never overwritten unless `--overwrite` is given. In a bundle, this file imports nothing of
kgan. The metadata that it reads from the ONNX file, each a text in JSON:

    kgan_spectrogram    {sample_rate, fft, hop, window, mels, low, high}: what the spectrograms are
    kgan_value_range    [low, high] of the wave
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from .bundle_file import BundleError, is_number, is_size, parsed, short, without_metadata
from .mel_spectrograms import mel_spectrogram
from .sessions import PROVIDERS, open_export
from .wave_files import MOST_SAMPLES, SOUND_FILES, read_sound, write_sound

__all__ = ["VocodeError", "Vocoder", "mel_of_sound", "vocode_files"]

VocodeError = BundleError
SPECTROGRAMS = (".npy",)
MOST_FFT = 2**20


class Vocoder:
    """An exported vocoder.

    Args:
        path: `generator.onnx`, or the bundle folder that holds it, whose `card.json` then says whether it is whole.
        threads: How many onnxruntime computes with; `None` for as many as are fastest.
        provider: What computes, as `Sampler` takes it.

    Attributes:
        form: What spectrograms are: `sample_rate`, `fft`, `hop`, `window`, `mels`, `low` and `high`.

    Raises:
        VocodeError: if there is no such file, it is not a kgan export of a vocoder, or not the one of the card.
    """

    def __init__(self, path: "str | Path", threads: "int | None" = None, provider: "str | None" = None):
        file, self.engine, metadata = open_export(path, threads, provider)
        self.session = self.engine.session
        if "kgan_spectrogram" not in metadata and "kgan_version" in metadata:
            raise VocodeError(
                f"Expected a bundle of a vocoder. Received: {path}, which takes no spectrograms. Use the program "
                f"{metadata.get('kgan_runner', 'sampler.py')} of the bundle."
            )
        try:
            self.form = parsed(metadata, "kgan_spectrogram")
            self._check_form()
            self._check_graph()
        except (KeyError, ValueError) as error:
            raise without_metadata(file, error) from error

    def _check_form(self) -> None:
        """Refuses metadata of another type or out of range: a file may come from anyone."""
        form = self.form
        if not isinstance(form, dict):
            raise ValueError(f"spectrogram={short(form)}")
        sizes = all(is_size(form[name]) and form[name] <= MOST_FFT for name in ("sample_rate", "fft", "hop", "mels"))
        bounds = all(form[name] is None or is_number(form[name]) for name in ("low", "high"))
        if not sizes or not bounds or form["low"] is None or form["hop"] >= form["fft"] or form["mels"] > form["fft"]:
            raise ValueError(f"spectrogram={short(form)}")
        top = form["sample_rate"] / 2 if form["high"] is None else form["high"]
        window = form["window"]
        if not 0 <= form["low"] < top or not (window is None or (is_size(window) and 2 <= window <= form["fft"])):
            raise ValueError(f"spectrogram={short(form)}")

    def _check_graph(self) -> None:
        """Refuses metadata that the network itself contradicts."""
        inputs, outputs = self.session.get_inputs(), self.session.get_outputs()
        if len(inputs) != 1 or len(outputs) != 1 or inputs[0].type != "tensor(float)":
            raise ValueError(f"{len(inputs)} inputs and {len(outputs)} outputs, where one float32 each was due")
        for value, last in ((inputs[0], self.form["mels"]), (outputs[0], 1)):
            if len(value.shape) != 3 or value.shape[2] != last:
                raise ValueError(f"{value.name} of shape {short(value.shape)}, where {last} was due last")
        self.input, self.output = inputs[0].name, outputs[0].name

    def wave(self, mel: np.ndarray) -> np.ndarray:
        """The wave of a spectrogram.

        Args:
            mel: `(frames, mels)` floats, log-mel magnitudes as `mel` gives them.

        Returns:
            `(frames * hop,)` float32 in [-1, 1].

        Raises:
            VocodeError: if the spectrogram has another form, is not finite or is too long.
        """
        mel = np.asarray(mel)
        mels, hop = self.form["mels"], self.form["hop"]
        if mel.ndim != 2 or mel.shape[1] != mels or mel.dtype.kind != "f" or not len(mel):
            turned = " Transpose it: mel.T." if mel.ndim == 2 and mel.shape[0] == mels else ""
            raise VocodeError(
                f"Expected a spectrogram (frames, {mels}) of floats. Received: {mel.dtype} of shape "
                f"{mel.shape}.{turned}"
            )
        with np.errstate(over="ignore"):  # what float32 has no room for is infinite, and told
            mel = mel.astype(np.float32)
        if not np.isfinite(mel).all():
            raise VocodeError("Expected a finite spectrogram. Received: NaN or infinity. Mend it first.")
        if len(mel) * hop > MOST_SAMPLES:
            raise VocodeError(f"Expected at most {MOST_SAMPLES // hop:,} frames. Received: {len(mel):,}. Cut it.")
        try:
            made = self.engine.run([self.output], {self.input: mel[None]}, 1)[0]
        except Exception as error:
            raise VocodeError(f"Expected a network that onnxruntime can run. Received: {short(error)}") from error
        if made.shape != (1, len(mel) * hop, 1):
            raise VocodeError(
                f"Expected {len(mel) * hop:,} samples from the network, as the file says. Received: shape "
                f"{made.shape}. Export the generator anew."
            )
        if not np.isfinite(made).all():
            raise VocodeError(
                "Expected finite samples from the network. Received: NaN or infinity for this spectrogram. Give it "
                "log-mel magnitudes, which are from -12 to 4 or so."
            )
        return made[0, :, 0]

    def mel(self, wave: np.ndarray) -> np.ndarray:
        """The spectrogram of a wave, as the network was trained on it.

        Args:
            wave: `(samples,)` floats in [-1, 1], of the vocoder's sample rate.

        Returns:
            `(frames, mels)` float32, a frame for each `hop` samples.

        Raises:
            VocodeError: if the wave has several channels, or is shorter than a frame.
        """
        wave = np.asarray(wave)
        if wave.ndim != 1 or wave.dtype.kind != "f" or len(wave) < self.form["fft"]:
            raise VocodeError(
                f"Expected a wave (samples,) of {self.form['fft']} floats or more. Received: {wave.dtype} of shape "
                f"{wave.shape}."
            )
        return mel_spectrogram(wave, self.form)


def vocode_files(
    model: "str | Path",
    source: "str | Path",
    out: "str | Path",
    overwrite: bool = False,
    threads: "int | None" = None,
    provider: "str | None" = None,
) -> "list[Path]":
    """Makes a WAV file of a spectrogram or a sound file, or of every one in a folder and its sub-folders.

    Args:
        model: `generator.onnx`, or the bundle folder that holds it.
        source: A spectrogram (.npy), a sound file, or a folder of them.
        out: Where the wave goes, `.wav`; for a folder a folder, in which sub-folders and names are as they were.
        overwrite: Whether files that exist already are replaced.
        threads: How many onnxruntime computes with.
        provider: What computes.

    Returns:
        The files that were written.

    Raises:
        VocodeError: if the model is no vocoder, there is nothing to make waves of, a file exists already and
            `overwrite` is false, or one cannot be read or is not as the network takes it. In a folder, the others are
            written before the bad ones are named.
    """
    vocoder = Vocoder(model, threads, provider)
    source, out = Path(source), Path(out)
    pairs = vocoded_pairs(source, out)
    taken = [target for _, target in pairs if target.exists()]
    if taken and not overwrite:
        more = f", and {len(taken) - 1} more" if len(taken) > 1 else ""
        raise VocodeError(
            f"Expected no file to be overwritten. Received: {taken[0]}, which exists{more}. Pass --overwrite, or "
            f"choose another --out."
        )
    wrong = {}
    for path, target in pairs:
        try:
            made = vocoder.wave(given_mel(vocoder, path))
            target.parent.mkdir(parents=True, exist_ok=True)
            write_sound(target, made, vocoder.form["sample_rate"])
        except VocodeError as error:
            if not source.is_dir():
                raise
            wrong[str(path.relative_to(source))] = error
    if wrong:
        names = ", ".join(list(wrong)[:20]) + (", ..." if len(wrong) > 20 else "")
        raise VocodeError(
            f"Expected {len(pairs)} files that the network takes in {source}. Received: {len(wrong)} others: {names}. "
            f"The first: {next(iter(wrong.values()))} The remaining {len(pairs) - len(wrong)} were written to {out}."
        )
    return [target for _, target in pairs]


def vocoded_pairs(source: Path, out: Path) -> "list[tuple[Path, Path]]":
    """Each file with where its wave goes."""
    known = (*SPECTROGRAMS, *SOUND_FILES)
    if not source.is_dir():
        if not source.is_file():
            what = "is neither" if source.exists() else "does not exist"
            raise VocodeError(f"Expected a file, or a folder of them. Received: {source}, which {what}.")
        if source.suffix.lower() not in known:
            raise VocodeError(f"Expected a file that ends in {', '.join(known)}. Received: {source}.")
        if out.suffix.lower() != ".wav":
            raise VocodeError(f"Expected out to end in .wav. Received: {out}.")
        return [(source, out)]
    if out.exists() and not out.is_dir():
        raise VocodeError(f"Expected a folder for the waves of {source}. Received: {out}, which is a file.")
    if out.resolve().is_relative_to(source.resolve()):
        raise VocodeError(f"Expected out outside of {source}, whose files it would add to. Received: {out}.")
    names = [path.relative_to(source) for path in sorted(source.rglob("*")) if path.suffix.lower() in known]
    names = [name for name in names if not name.name.startswith(".") and (source / name).is_file()]
    if not names:
        raise VocodeError(f"Expected files ({', '.join(known)}) in {source}. Received: none.")
    return [(source / name, (out / name).with_suffix(".wav")) for name in names]


def given_mel(vocoder: Vocoder, path: Path) -> np.ndarray:
    """The spectrogram in a file, or that of the sound in it.

    Raises:
        VocodeError: if the file cannot be read, or has another sample rate.
    """
    if path.suffix.lower() in SPECTROGRAMS:
        try:
            return np.load(path, allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise VocodeError(f"Expected a NumPy array. Received: {path}: {short(error)}.") from error
    return mel_of_sound(vocoder, *read_sound(path), str(path))


def mel_of_sound(vocoder: Vocoder, samples: np.ndarray, rate: int, name: str) -> np.ndarray:
    """The spectrogram of samples `(samples,)`, so many of which are a second.

    Raises:
        VocodeError: if the vocoder was trained on another sample rate, or they are too few.
    """
    due = vocoder.form["sample_rate"]
    if rate != due:
        raise VocodeError(
            f"Expected sound of {due:,} samples in a second, as the network was trained on. Received: {name} with "
            f"{rate:,}. Convert it: sox in.wav -r {due} out.wav."
        )
    return vocoder.mel(samples)


def main(arguments: "list[str] | None" = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Make waves by a vocoder that kgan exported.")
    parser.add_argument("source", metavar="IN", help="a spectrogram (.npy), a sound file, or a folder of them")
    parser.add_argument("--out", required=True, help="where the wave goes; for a folder, a folder")
    parser.add_argument("--model", default=Path(__file__).parent, help="the bundle, or its ONNX file")
    parser.add_argument("--overwrite", action="store_true", help="replace files that exist already")
    parser.add_argument("--provider", help=f"what computes: {', '.join(PROVIDERS)}, if onnxruntime offers it")
    parser.add_argument("--threads", type=int, help="how many compute (default: as many as are fastest)")
    given = parser.parse_args(arguments)
    how = (given.overwrite, given.threads, given.provider)
    try:
        written = vocode_files(given.model, given.source, given.out, *how)
    except (VocodeError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201  a command line speaks
        return 2
    print(f"{len(written)} wave{'' if len(written) == 1 else 's'} in {given.out}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
