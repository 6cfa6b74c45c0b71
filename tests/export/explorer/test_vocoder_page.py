"""The page of a network that makes sound of spectrograms, against `kgan apply`."""

import io
import json
import wave

import numpy as np
import pytest
import wave_runs
from explored_files import CAUGHT, caught, give, text

import kgan
from explored import assert_usable
from kgan import architectures
from kgan.export.explorer import folder
from kgan.export.portable.bundle_file import BundleError
from kgan.export.portable.mel_spectrograms import mel_spectrogram
from kgan.export.portable.vocode import Vocoder
from kgan.export.portable.wave_files import read_sound, write_sound

pytestmark = pytest.mark.slow  # an export, and a browser

SPOKEN = wave_runs.waves(2, samples=1000)[1]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    made = kgan.Vocoder(
        architectures.hifigan_generator((16, 8), variant="v3", width=8, rates=(16,), seed=0),
        architectures.hifigan_period_discriminator((256, 1), width=1, seed=1),
        spectrogram=wave_runs.FORM,
    )
    for layer in made.generator.layers:
        layer.set_weights([8.0 * one for one in layer.get_weights()])  # the first ones are next to silence
    folder = tmp_path_factory.mktemp("speech")
    write_sound(folder / "spoken.wav", SPOKEN, wave_runs.RATE)
    np.save(folder / "mel.npy", mel_spectrogram(SPOKEN, made.spectrogram.settings()))
    return kgan.export.save(made, folder / "voice", formats=("onnx",))


def samples(content):
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (1, wave_runs.RATE, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767.0


def heard(page, count):
    """What the players and the download have been given."""
    page.wait(f"(window.blobs || []).length === {count}")
    return [samples(one) for one in caught(page)]


def test_a_sound_becomes_what_kgan_apply_makes_of_its_spectrogram(visit, bundle):
    page = visit(bundle)
    assert text(page, "about").startswith("Makes sound of spectrograms: 8 bands, 8,000 samples in a second; ")
    page.run(CAUGHT)
    assert give(page, "sound", bundle.parent / "spoken.wav").startswith("Done")
    given, _ = read_sound(bundle.parent / "spoken.wav")
    expected = Vocoder(bundle).wave(Vocoder(bundle).mel(given))
    assert np.abs(expected).max() > 0.1
    page.run("document.getElementById('save-sound').click()")
    played, made, saved = heard(page, 3)
    np.testing.assert_allclose(played, given, atol=1e-4)
    np.testing.assert_allclose(made, np.clip(expected, -1, 1), atol=1e-4)
    np.testing.assert_array_equal(saved, made)
    assert page.run("window.names") == ["spoken-voice.wav"]
    assert text(page, "made-caption") == f"The network\N{RIGHT SINGLE QUOTATION MARK}s, {len(expected) / 8000:.2f} s"
    mels = [mel_spectrogram(one, Vocoder(bundle).form) for one in (given, expected)]
    assert f"differ by {np.abs(mels[0] - mels[1]).mean():.2f} on average" in text(page, "mel-distance")
    for name, mel in zip(("given-mel", "made-mel"), mels, strict=True):
        shown = page.run(f"(c => [c.width, c.height])(document.getElementById('{name}'))")
        assert shown == [len(mel), 8]


def test_a_spectrogram_becomes_sound_and_has_none_of_its_own(visit, bundle):
    page = visit(bundle)
    page.run(CAUGHT)
    assert give(page, "sound", bundle.parent / "mel.npy", how="drop").startswith("Done")
    (made,) = heard(page, 1)
    expected = Vocoder(bundle).wave(np.load(bundle.parent / "mel.npy"))
    np.testing.assert_allclose(made, np.clip(expected, -1, 1), atol=1e-4)
    assert page.run("document.getElementById('given-sound').hidden")
    assert text(page, "given-caption") == "Your spectrogram"


def test_the_players_have_the_length_of_what_they_play(visit, bundle):
    page = visit(bundle)
    give(page, "sound", bundle.parent / "spoken.wav")
    for name, count in (("given-sound", len(SPOKEN)), ("made-sound", len(SPOKEN) // 16 * 16)):
        page.wait(f"document.getElementById('{name}').readyState > 0")
        assert page.run(f"document.getElementById('{name}').duration") == pytest.approx(count / 8000, abs=1e-3)


@pytest.mark.parametrize("width", [360, 1280])
def test_every_control_has_a_name_and_nothing_stands_out_of_the_page(visit, bundle, tmp_path, width):
    page = visit(bundle, width=width)
    give(page, "sound", bundle.parent / "spoken.wav")
    (tmp_path / f"{'long' * 40}.bin").touch()
    assert "longlong" in give(page, "sound", tmp_path / f"{'long' * 40}.bin")
    assert_usable(page, width, least=10)


def test_another_rate_is_told_and_the_earlier_sound_stays(visit, bundle, tmp_path):
    page = visit(bundle)
    give(page, "sound", bundle.parent / "spoken.wav")
    before = text(page, "made-caption")
    write_sound(tmp_path / "fast.wav", SPOKEN, 16_000)
    said = give(page, "sound", tmp_path / "fast.wav")
    assert said.startswith("Expected sound of 8,000 samples in a second, as the network was trained on. Received: fast")
    (tmp_path / "song.mp3").write_bytes(b"ID3" + bytes(50))
    assert "Expected a WAV file. Received: song.mp3" in give(page, "sound", tmp_path / "song.mp3")
    assert text(page, "made-caption") == before


def test_the_page_is_told_of_the_spectrograms_and_takes_no_sliders(needs_runtime, bundle, tmp_path):
    told = json.loads(folder.contents(bundle)["facts.json"])
    assert (told["kind"], told["title"], told["input"]) == ("sound", "voice", "mel")
    assert told["spectrogram"] == Vocoder(bundle).form
    with pytest.raises(BundleError, match="Expected no directions for a network that takes spectrograms"):
        folder.contents(bundle, directions=tmp_path / "sliders.json")
