"""`POST /apply` of a vocoder: waves of spectrograms and of waves, in memory, and what is none of either."""

import io
import json
import struct
import threading
import wave

import numpy as np
import pytest
import wave_networks
import wave_runs
from wave_runs import HOP, MELS, RATE

import kgan
from kgan import architectures
from kgan.export import serve
from kgan.export.portable.vocode import Vocoder, vocode_files
from kgan.export.portable.wave_files import write_wave
from kgan.export.serve import sounding
from kgan.export.serve.admission import Hold
from kgan.export.serve.kinds import Asked
from served import Served

WAV, NPY = {"Content-Type": "audio/wav"}, {"Content-Type": "application/x-npy"}
SPOKEN = wave_runs.waves(1, samples=640)[0]


def wav(samples=SPOKEN, rate=RATE):
    content = io.BytesIO()
    write_wave(content, samples, rate)
    return content.getvalue()


def raw(values, channels=1, width=2, rate=RATE):
    """A WAV file of these bytes."""
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setparams((channels, width, rate, 0, "NONE", ""))
        file.writeframes(values)
    return content.getvalue()


def npy(array):
    content = io.BytesIO()
    np.save(content, array)
    return content.getvalue()


def heard(answer):
    """The whole numbers of a WAV file, and its rate."""
    with wave.open(io.BytesIO(answer.content)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2"), file.getframerate()


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return wave_networks.vocoder(tmp_path_factory.mktemp("waves") / "generator.onnx")


@pytest.fixture(scope="module")
def served(bundle):
    with Served(bundle, pixels=4 * 8000, body=40_000) as one:
        yield one


def test_a_wave_is_made_of_a_spectrogram(served):
    mel = np.log(np.float32([0.1, 0.2, 0.5]))[:, None] * np.ones((1, MELS), np.float32)
    for one in (mel, mel.astype(">f8"), np.asfortranarray(mel)):
        answer = served.ask("POST", "/apply", npy(one), NPY)
        assert (answer.status, answer.headers["Content-Type"]) == (200, "audio/wav")
        values, rate = heard(answer)
        assert rate == RATE
        np.testing.assert_allclose(values, np.repeat([0.1, 0.2, 0.5], HOP) * 32767, atol=1)


@pytest.mark.parametrize("kind", ["audio/wav", "audio/x-wav", "audio/wave"])
def test_the_wave_of_a_wave_is_what_kgan_apply_writes(served, bundle, tmp_path, kind):
    (tmp_path / "in.wav").write_bytes(wav())
    vocode_files(bundle, tmp_path / "in.wav", tmp_path / "out.wav")
    answer = served.ask("POST", "/apply", wav(), {"Content-Type": kind})
    assert answer.content == (tmp_path / "out.wav").read_bytes()
    assert np.abs(heard(answer)[0]).max() > 1000


def test_a_wave_that_was_written_to_a_pipe_goes_to_its_end(served):
    answer = served.ask("POST", "/apply", wave_runs.of_no_length(wav()), WAV)
    assert (answer.status, answer.content) == (200, served.ask("POST", "/apply", wav(), WAV).content)


@pytest.mark.parametrize(("content", "kind"), [(wav(), "audio/wav"), (npy(np.zeros((40, MELS))), "application/x-npy")])
def test_a_sample_of_a_wave_counts_as_four_pixels(bundle, content, kind):
    counted = []
    waves = sounding.Waves(Vocoder(bundle), serve.Limits())
    waves.answer(Asked(content, kind, {}), Hold(lambda *pixels: counted.append(pixels)), threading.Event())
    assert counted == [(0, 4 * 640)]


@pytest.mark.slow
def test_a_bundle_that_was_exported_is_served(tmp_path):
    made = kgan.Vocoder(
        architectures.hifigan_generator((16, MELS), variant="v3", width=8, rates=(HOP,), seed=0),
        architectures.hifigan_period_discriminator((256, 1), width=1, seed=1),
        spectrogram=wave_runs.FORM,
    )
    for layer in made.generator.layers:
        layer.set_weights([8.0 * one for one in layer.get_weights()])  # the first ones are next to silence
    kgan.export.save(made, tmp_path / "bundle", formats=("onnx",))
    mel = made.mel(SPOKEN[None])[0]
    vocoder = Vocoder(tmp_path / "bundle")
    with Served(tmp_path / "bundle") as one:
        assert json.loads(one.ask("GET", "/bundle").content)["spectrogram"] == vocoder.form
        of_mel, of_wave = one.ask("POST", "/apply", npy(mel), NPY), one.ask("POST", "/apply", wav(), WAV)
    expected = vocoder.wave(mel)
    assert np.abs(expected).max() > 0.1
    np.testing.assert_allclose(heard(of_mel)[0] / 32767, expected, atol=0.51 / 32767 + 1e-4)
    again = vocoder.wave(vocoder.mel(np.rint(SPOKEN * 32767).astype(np.float32) / 32768))
    np.testing.assert_allclose(heard(of_wave)[0] / 32767, again, atol=0.51 / 32767 + 1e-4)


def floats(values):
    """A WAV file of floats, which the standard library does not read."""
    content = values.astype("<f4").tobytes()
    form = struct.pack("<HHIIHH", 3, 1, RATE, 4 * RATE, 4, 32)
    chunks = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(content)) + content
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"", 422, "Expected a WAV file of whole numbers. Received: a file that does not start as"),
        (b"RIFF" + bytes(40), 422, "Expected a WAV file of whole numbers. Received: "),
        (b"fLaC" + bytes(100), 422, "Expected a WAV file of whole numbers. Received: a file that does not start as"),
        (floats(SPOKEN), 422, "Received: samples of coding 3. Convert it: sox in.wav -b 16 out.wav."),
        (raw(bytes(3 * 600), width=3), 422, "Received: samples of 24 bits. Convert it"),
        (raw(bytes(4 * 600), channels=2), 422, "Expected sound of one channel. Received: a body, which has 2. Mix"),
        (wav(rate=16_000), 422, "Expected sound of 8,000 samples in a second, as the network was trained on. Received"),
        (wav(SPOKEN[:40]), 422, "Expected a wave (samples,) of 64 floats or more."),
        (raw(b""), 422, "Expected 1 to 268,435,456 samples. Received: a body of 0."),
        (raw(bytes(8001), width=1), 413, "Expected a wave of at most 8,000 samples, 1.0 s. Received: 8,001. Cut it."),
        (wave_runs.of_chunks(wav(), 1000), 422, "Received: more than 1,000 chunks before the samples. Convert it"),
        (wave_runs.of_no_length(raw(bytes(16_002))), 413, "at most 8,000 samples, 1.0 s. Received: 8,001. Cut"),
        (bytes(40_001), 413, "Expected a body of at most 40,000 bytes."),
    ],
    ids=["nothing", "zeros", "FLAC", "floats", "24 bits", "stereo", "rate", "short", "empty", "long", "chunks",
         "pipe", "body"],
)  # fmt: skip
def test_a_wrong_wave_is_told(served, content, status, said):
    answer = served.ask("POST", "/apply", content, WAV)
    assert (answer.status, said in answer.error) == (status, True), answer.error


@pytest.mark.parametrize(
    ("mel", "status", "said"),
    [
        (np.zeros((MELS, 20), np.float32), 422, "Received: float32 of shape (8, 20). Transpose it: mel.T"),
        (np.zeros((20, 7), np.float32), 422, "Expected a spectrogram (frames, 8) of floats."),
        (np.zeros((0, 8), np.float32), 422, "Expected a spectrogram (frames, 8) of floats."),
        (np.zeros((1, 20, 8), np.float32), 422, "Received: float32 of shape (1, 20, 8)."),
        (np.zeros((20, 8), np.int16), 422, "Received: int16"),
        (np.full((20, 8), np.nan, np.float32), 422, "Expected a finite spectrogram. Received: NaN or infinity."),
        (np.full((20, 8), 1e300), 422, "Expected a finite spectrogram. Received: NaN or infinity."),
        (np.zeros((501, 8), np.float32), 413, "Expected a wave of at most 8,000 samples, 1.0 s. Received: 8,016."),
        (np.zeros((20, 8), complex), 422, "Received: ValueError: values of complex128."),
    ],
    ids=["turned", "bands", "empty", "rank", "whole", "NaN", "beyond float32", "long", "complex"],
)
def test_a_wrong_spectrogram_is_told(served, mel, status, said):
    answer = served.ask("POST", "/apply", npy(mel), NPY)
    assert (answer.status, said in answer.error) == (status, True), answer.error


def test_options_and_other_kinds_are_refused(served):
    assert served.ask("POST", "/apply?frames=3", wav(), WAV).error.startswith("Expected no options in the address. R")
    assert served.ask("POST", "/apply", wav(), {"Content-Type": "audio/flac"}).status == 415


def test_the_bundle_and_the_page_say_what_it_takes_and_gives(served):
    told = json.loads(served.ask("GET", "/bundle").content)
    assert (told["takes"], told["answers"], told["sample_rate"]) == ("waves", ["audio/wav"], RATE)
    assert (told["spectrogram"]["hop"], told["bodies"][0]) == (HOP, "audio/wav")
    page = served.ask("GET", "/docs").content.decode()
    assert f"--data-binary @in.wav &#x27;http://127.0.0.1:{served.port}/apply&#x27; -o out.wav" in page
    assert "8,000 samples in a second" in page
