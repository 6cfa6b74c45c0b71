"""Answers to `POST /apply` of a vocoder: the wave of a spectrogram, or of the spectrogram of a wave."""

import io
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ..portable.bundle_file import BundleError
from ..portable.vocode import Vocoder, mel_of_sound
from ..portable.wave_files import check_sound, wave_form, wave_samples, write_wave
from . import descriptions, forms
from .admission import Hold
from .answers import Answer
from .arrays import NPY, array_in
from .kinds import Asked, Kind, Trial, Tried
from .limits import BYTES_OF_A_PIXEL, LARGEST_BODY, Limits
from .refusals import Refused, refused

__all__ = ["PIXELS_OF_A_SAMPLE", "Waves"]

WAV = ("audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave")
PIXELS_OF_A_SAMPLE = 64 // BYTES_OF_A_PIXEL  # the layers of a vocoder take some 64 bytes a sample
TRIED_FRAMES = 32


class Waves(Kind):
    """A vocoder. A sample of what it takes or makes counts as four pixels."""

    takes = "waves"
    path = "/apply"
    verb = "Speak"
    types = (*WAV, *NPY)
    largest = LARGEST_BODY
    answers = WAV[:1]

    def __init__(self, runner: Vocoder, limits: Limits):
        self._vocoder, self._limits = runner, limits

    @staticmethod
    def open(path: Path, threads: int | None, provider: str | None) -> Vocoder:
        """The vocoder."""
        return Vocoder(path, threads, provider)

    @staticmethod
    def trial(runner: Vocoder, tried: Tried) -> Trial:
        """A spectrogram of noise. Waves are of all lengths: none of them is measured on, and none shares a run."""
        noise = np.random.RandomState(0).uniform(-8.0, 0.0, (TRIED_FRAMES, runner.form["mels"]))
        runner.wave(noise.astype(np.float32))
        return Trial(None, None, None)

    def facts(self) -> dict[str, Any]:
        """What `/bundle` says of it."""
        return {"spectrogram": self._vocoder.form, "sample_rate": self._vocoder.form["sample_rate"]}

    def described(self) -> dict[str, Any]:
        """What the OpenAPI says of `POST /apply`."""
        form = self._vocoder.form
        return descriptions.work(
            self,
            summary="Make a wave",
            description=f"The body is a spectrogram (frames, {form['mels']}) of floats, as numpy.save writes it; or a "
            f"WAV file of one channel, whole numbers and {form['sample_rate']:,} samples in a second, of which the "
            f"spectrogram is made first (copy synthesis).",
            answer="The wave, as a WAV file of 16 bits.",
        )

    def fields(self, operation: Mapping[str, Any]) -> str:
        """The form that tries it."""
        return forms.of_file(operation, "Wave or spectrogram", ".npy")

    def answer(self, asked: Asked, hold: Hold, gone: threading.Event) -> Answer:
        """The wave."""
        try:
            mel = self._heard(asked.body, hold) if asked.media_type in WAV else self._given(asked.body, hold)
            made = self._vocoder.wave(mel)
        except BundleError as error:
            raise refused(error) from error
        held = io.BytesIO()
        write_wave(held, made, self._vocoder.form["sample_rate"])
        return Answer(held.getvalue(), WAV[0], "made.wav")

    def _given(self, body: bytes, hold: Hold) -> np.ndarray:
        """The spectrogram of a `.npy` file."""
        mel = array_in(body)
        if mel.ndim == 2:
            self._take(len(mel) * self._vocoder.form["hop"], hold)
        return mel  # of another form it is refused by the vocoder

    def _heard(self, body: bytes, hold: Hold) -> np.ndarray:
        """The spectrogram of a WAV file.

        Raises:
            Refused: if it is none of whole numbers, or too long.
            BundleError: if it has several channels, or another sample rate than the vocoder.
        """
        file = io.BytesIO(body)
        try:
            form = wave_form(file)
            self._take(form.length * form.channels, hold)
            samples = wave_samples(file, form)
        except ValueError as error:
            raise Refused(
                422, f"Expected a WAV file of whole numbers. Received: {error}. Convert it: sox in.wav -b 16 out.wav."
            ) from error
        check_sound(samples, "a body")
        return mel_of_sound(self._vocoder, samples, form.rate, "a body")

    def _take(self, samples: int, hold: Hold) -> None:
        """Counts the samples of a wave.

        Raises:
            Refused: if they are more than one request may have.
        """
        pixels = samples * PIXELS_OF_A_SAMPLE
        if pixels > self._limits.pixels:
            most = self._limits.pixels // PIXELS_OF_A_SAMPLE
            seconds = most / self._vocoder.form["sample_rate"]
            raise Refused(
                413,
                f"Expected a wave of at most {most:,} samples, {seconds:,.1f} s. Received: {samples:,}. Cut it.",
            )
        hold.take(pixels)
