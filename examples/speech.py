"""A small vocoder: waves of mel spectrograms, and how near they come beside Griffin and Lim's method.

    python examples/speech.py speech/ --epochs 320     # a folder of WAV, FLAC or OGG files of 8,000 samples in a second
    python examples/speech.py --epochs 20              # without one: tones that glide, made here

Writes a bundle whose program makes waves with NumPy and onnxruntime, and a wave that was spoken anew by it.
"""

import argparse
from pathlib import Path

import numpy as np

import kgan
from kgan.export.portable.vocode import Vocoder
from kgan.export.portable.wave_files import write_sound

RATE, SEGMENT = 8_000, 4_096


def gliding(count: int = 64, seconds: float = 1.0, seed: int = 0) -> list[np.ndarray]:
    """Tones whose pitch glides, with overtones, louder and softer."""
    draw, time = np.random.RandomState(seed), np.arange(int(RATE * seconds)) / RATE
    found = []
    for _ in range(count):
        pitch = 120.0 * 2.0 ** np.interp(time, np.linspace(0, seconds, 4), draw.uniform(0, 1.5, 4))
        phase = 2 * np.pi * np.cumsum(pitch) / RATE
        tone = sum(np.sin(number * phase) / number for number in range(1, 9))
        found.append((0.2 * tone * np.interp(time, np.linspace(0, seconds, 6), draw.rand(6))).astype(np.float32))
    return found


def main(source: str | None = None, epochs: int = 20, out: str = "speech-bundle", **settings) -> dict[str, float]:
    """Trains, exports, and returns the distances of both from the held-out truths."""
    data = {"segment": SEGMENT, "fft": 512, "hop": 128, "mels": 80, "high": None, "sample_rate": RATE}
    splits = kgan.data.load_speech(source or gliding(), batch_size=8, **data)
    recipe = kgan.recipes.get("hifigan-small").changed(settings)
    vocoder = recipe.build(splits, seed=0)
    vocoder.fit(splits, epochs=epochs, callbacks=recipe.fit_callbacks(), verbose=2)  # one half without discriminators

    mels, waves = next(iter(splits.validation.unbatch().batch(16).as_numpy_iterator()))
    found = {}
    for name, made in (
        ("vocoder", vocoder.translate(mels)),
        ("griffin_lim", splits.spectrogram.griffin_lim(mels)[..., None]),
    ):
        for metric in (kgan.metrics.MelError(**splits.spectrogram.settings()), kgan.metrics.SpectralDistance()):
            metric.update_state(waves, made)
            found[f"{name}_{metric.name}"] = float(metric.result())
            print(f"{name} {metric.name} {found[f'{name}_{metric.name}']:.3f}")
    bundle = kgan.export.save(vocoder, out)
    write_sound(Path(f"{out}.wav"), Vocoder(bundle).wave(mels[0]), RATE)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", nargs="?", help="a folder of sound files; without it, tones that are made here")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--out", default="speech-bundle", help="the bundle; a wave lies beside it")
    main(**vars(parser.parse_args()))
