"""A bundle that makes waves of spectrograms, without kgan."""

import ast
import json
import subprocess
import sys
import wave

import numpy as np
import pytest
import wave_runs

import kgan
from blocked import run_blocked
from commands import kgan as command
from kgan import architectures
from kgan.export import verify
from kgan.export.portable.applier import Applier, ApplyError
from kgan.export.portable.vocode import VocodeError, Vocoder, vocode_files
from kgan.export.portable.wave_files import read_sound, write_sound
from kgan.kinds.vocoder import of_any_length

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

SPOKEN = wave_runs.waves(1, samples=640)[0]


@pytest.fixture(scope="module")
def model():
    made = kgan.Vocoder(
        architectures.hifigan_generator((16, 8), variant="v3", width=8, rates=(16,), seed=0),
        architectures.hifigan_period_discriminator((256, 1), width=1, seed=1),
        spectrogram=wave_runs.FORM,
    )
    for layer in made.generator.layers:
        layer.set_weights([8.0 * one for one in layer.get_weights()])  # the first ones are next to silence
    return made


@pytest.fixture(scope="module")
def bundle(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("waves")
    write_sound(folder / "spoken.wav", SPOKEN, wave_runs.RATE)
    np.save(folder / "mel.npy", model.mel(SPOKEN[None])[0])
    kgan.export.save(model, folder / "bundle")
    return folder / "bundle"


@pytest.mark.parametrize("frames", [5, 40])
def test_waves_are_those_of_keras_for_any_number_of_frames(model, bundle, frames):
    mel = np.random.RandomState(frames).uniform(*model.seen_range, (frames, 8)).astype(np.float32)
    made = Vocoder(bundle).wave(mel)
    expected = of_any_length(model.generator)(mel[None], training=False)[0, :, 0]
    assert made.shape == (16 * frames,)
    assert np.abs(expected).max() > 0.1
    np.testing.assert_allclose(made, expected, atol=1e-4)


def test_the_bundle_is_verified_in_both_forms_and_says_how_it_is_used(bundle):
    differences = verify(bundle, saved_model=True).differences
    assert set(differences) == {"onnx", "saved_model"}
    assert max(differences.values()) < 1e-4
    text = (bundle / "README.md").read_text()
    assert "A vocoder, from mel spectrograms to waves" in text
    assert "python vocode.py speech.wav --out again.wav" in text
    card = json.loads((bundle / "card.json").read_text())
    assert card["inputs"] == {"mel": {"shape": ["batch", "frames", 8], "dtype": "float32"}}
    assert card["spectrogram"]["hop"] == 16


def test_its_program_runs_where_there_is_neither_kgan_nor_tensorflow(model, bundle, tmp_path):
    """Copy synthesis: the spectrogram too is made by the bundle."""
    done = run_blocked(
        bundle / "vocode.py", bundle.parent / "spoken.wav", "--out", tmp_path / "again.wav", cwd=tmp_path
    )
    assert (done.returncode, done.stdout) == (0, f"1 wave in {tmp_path / 'again.wav'}\n"), done.stderr
    found, rate = read_sound(tmp_path / "again.wav")
    heard, _ = read_sound(bundle.parent / "spoken.wav")
    expected = Vocoder(bundle).wave(model.mel(heard[None])[0])
    assert rate == wave_runs.RATE
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_the_program_needs_numpy_and_onnxruntime_alone_and_soundfile_for_other_files_than_wav(bundle):
    found = set()
    for node in ast.walk(ast.parse((bundle / "vocode.py").read_text())):
        if isinstance(node, ast.Import):
            found |= {one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module.partition(".")[0])
    assert found - sys.stdlib_module_names == {"numpy", "onnxruntime", "soundfile"}


def test_a_folder_keeps_its_names_and_what_is_wrong_is_named_after_the_others_are_written(bundle, tmp_path):
    inner = tmp_path / "in" / "inner"
    inner.mkdir(parents=True)
    np.save(tmp_path / "in" / "a.npy", np.load(bundle.parent / "mel.npy"))
    write_sound(inner / "b.wav", SPOKEN, wave_runs.RATE)
    write_sound(inner / "fast.wav", SPOKEN, 16_000)
    with pytest.raises(VocodeError, match=r"Received: 1 others: inner/fast.wav\. .*with 16,000.*The remaining 2 were"):
        vocode_files(bundle, tmp_path / "in", tmp_path / "out")
    assert sorted(str(one.relative_to(tmp_path / "out")) for one in (tmp_path / "out").rglob("*.*")) == [
        "a.wav",
        "inner/b.wav",
    ]


def test_kgan_apply_makes_waves_without_tensorflow_and_takes_no_options_of_pictures(bundle, tmp_path):
    program = """
import sys, kgan_cli
sys.argv = ["kgan", "apply", *sys.argv[1:]]
try:
    kgan_cli.main()
except SystemExit as stop:
    print(stop.code, [name for name in ("tensorflow", "keras", "kgan") if name in sys.modules])
"""
    arguments = [str(one) for one in (bundle, bundle.parent / "mel.npy", "--out", "out.wav")]
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (done.stdout, done.stderr) == ("1 wave in out.wav\n0 []\n", "")
    with wave.open(str(tmp_path / "out.wav")) as written:
        assert (written.getnchannels(), written.getframerate(), written.getnframes()) == (1, 8000, 640)
    refused = command("apply", bundle, bundle.parent / "mel.npy", "--frames", 3, "--out", tmp_path / "other.wav")
    assert refused.code == 2
    assert "Expected no options of pictures or films for a vocoder. Received: --frames" in refused.err
    assert not (tmp_path / "other.wav").exists()


@pytest.mark.parametrize(
    ("mel", "words"),
    [
        (np.zeros((8, 20), np.float32), r"Received: float32 of shape \(8, 20\). Transpose it: mel.T"),
        (np.zeros((20, 7), np.float32), r"Expected a spectrogram \(frames, 8\) of floats"),
        (np.zeros((0, 8), np.float32), r"Expected a spectrogram \(frames, 8\)"),
        (np.zeros((20, 8), np.int16), "Received: int16"),
        (np.full((20, 8), np.nan, np.float32), "Received: NaN or infinity"),
    ],
)
def test_spectrograms_that_do_not_fit_are_refused(bundle, mel, words):
    with pytest.raises(VocodeError, match=words):
        Vocoder(bundle).wave(mel)


def test_sound_of_two_channels_of_another_rate_damaged_or_too_short_is_refused_and_nothing_written(bundle, tmp_path):
    with wave.open(str(tmp_path / "two.wav"), "wb") as file:
        file.setparams((2, 2, wave_runs.RATE, 0, "NONE", ""))
        file.writeframes(bytes(4 * 600))
    write_sound(tmp_path / "fast.wav", SPOKEN, 16_000)
    write_sound(tmp_path / "short.wav", SPOKEN[:40], wave_runs.RATE)
    (tmp_path / "damaged.wav").write_bytes(b"RIFF" + bytes(40))
    np.savez(tmp_path / "several.npz", SPOKEN)
    for name, words in (
        ("two.wav", "Expected sound of one channel"),
        ("fast.wav", "Expected sound of 8,000 samples in a second"),
        ("short.wav", "Expected a wave .* of 64 floats or more"),
        ("damaged.wav", "Expected a sound file"),
        ("several.npz", "Expected a file that ends in .npy, .wav"),
        ("nowhere.wav", "which does not exist"),
    ):
        with pytest.raises(VocodeError, match=words):
            vocode_files(bundle, tmp_path / name, tmp_path / "out.wav")
    assert not (tmp_path / "out.wav").exists()
    (tmp_path / "out.wav").write_bytes(b"mine")
    with pytest.raises(VocodeError, match="Expected no file to be overwritten"):
        vocode_files(bundle, bundle.parent / "mel.npy", tmp_path / "out.wav")
    with pytest.raises(VocodeError, match=r"Expected out to end in \.wav"):
        vocode_files(bundle, bundle.parent / "mel.npy", tmp_path / "out.mp3")
    assert (tmp_path / "out.wav").read_bytes() == b"mine"


def test_other_programs_say_what_the_bundle_is_for(bundle):
    with pytest.raises(ApplyError, match=r"vocode\.py"):
        Applier(bundle)
