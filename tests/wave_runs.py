"""Waves, and vocoders so small that each test may train one."""

import struct

import numpy as np

import kgan

RATE, FFT, HOP, MELS, SEGMENT = 8000, 64, 16, 8, 256
FORM = {"sample_rate": RATE, "fft": FFT, "hop": HOP, "mels": MELS}


def waves(count: int = 8, samples: int = 600) -> list[np.ndarray]:
    """Tones that fade, of other pitches and lengths each."""
    time = [np.arange(samples + 40 * number) / RATE for number in range(count)]
    tones = [np.sin(2 * np.pi * (300 + 150 * number) * one) for number, one in enumerate(time)]
    return [(0.5 * one * np.linspace(1, 0.2, len(one))).astype(np.float32) for one in tones]


def speech(batch_size: int = 2, **options) -> kgan.data.Splits:
    options = {"segment": SEGMENT, **FORM, **options}
    return kgan.data.load_speech(waves(), batch_size, **options)


def recipe(**settings) -> kgan.recipes.Recipe:
    """The small recipe, smaller."""
    small = {f"data.{name}": value for name, value in {**FORM, "segment": SEGMENT}.items()}
    small |= {"generator.width": 8, "generator.rates": [16], "batch_size": 2, "epochs": 2, "jit_compile": False}
    several = {f"discriminators.{name}": "none" for name in kgan.recipes.get("hifigan-small").discriminators}
    several["discriminators.period_2"] = "{architecture=hifigan_period_discriminator, period=2, width=1}"
    several["discriminators.whole"] = (
        "{architecture=hifigan_scale_discriminator, width=16, normalization=spectral, loss_weight=0.5}"
    )
    return kgan.recipes.get("hifigan-small").changed({**several, **small, **settings})


def of_no_length(content: bytes, length: int = 2**32 - 1) -> bytes:
    """A WAV file as a program writes it to a pipe, where it cannot say how long it is."""
    at = content.index(b"data") + 4
    told = struct.pack("<I", length)
    return content[:4] + told + content[8:at] + told + content[at + 4 :]


def of_chunks(content: bytes, count: int) -> bytes:
    """A WAV file with so many empty chunks before its samples, beside that of their form."""
    at = content.index(b"data")
    return content[:at] + (b"note" + bytes(4)) * count + content[at:]
