"""Pairs of spectrograms and waves, from folders of sound files and from arrays."""

import numpy as np
import pytest
import wave_runs

import kgan
from kgan.data import DataError, load_speech
from kgan.data.sources.waves import FolderOfWaves
from kgan.spectrograms import Spectrogram

soundfile = pytest.importorskip("soundfile", reason="soundfile is not installed: pip install 'kgan[audio]'")
FORM = {"segment": wave_runs.SEGMENT, **wave_runs.FORM}


def written(folder, names=("a.wav", "b.flac", "inner/c.wav", "d.wav"), rate=wave_runs.RATE, channels=1):
    for name, wave in zip(names, wave_runs.waves(len(names)), strict=True):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(folder / name, np.repeat(wave[:, None], channels, axis=1), rate)
    return folder


def test_a_pair_is_a_segment_and_its_spectrogram(tmp_path):
    splits = load_speech(written(tmp_path), 3, validation_split=0.25, **FORM)
    assert (splits.count, splits.held_out, splits.input_shape, splits.sample_shape) == (3, 1, (16, 8), (256, 1))
    mels, waves = next(iter(splits.train))
    expected = Spectrogram(**wave_runs.FORM).of(waves[..., 0])
    np.testing.assert_allclose(mels, expected, atol=1e-5)
    assert splits.spectrogram == Spectrogram(**wave_runs.FORM)
    assert "minutes" in splits.found.notes[-1] or "seconds of sound at 8,000" in splits.found.notes[-1]


def test_segments_are_parts_of_the_files_drawn_anew_each_epoch_and_held_out_ones_lie_in_the_middle(tmp_path):
    splits = load_speech(written(tmp_path), 1, validation_split=0.25, **FORM)
    first, second = (np.concatenate([wave for _, wave in splits.train.as_numpy_iterator()]) for _ in range(2))
    assert sorted(map(bytes, first)) != sorted(map(bytes, second))
    held_out = [wave for _, wave in splits.validation.as_numpy_iterator()]
    again = [wave for _, wave in splits.validation.as_numpy_iterator()]
    np.testing.assert_array_equal(held_out, again)
    found = [soundfile.read(path, dtype="float32")[0] for path in tmp_path.rglob("*.*")]
    middles = [one[(len(one) - 256) // 2 :][:256] for one in found]
    assert any(np.array_equal(held_out[0][0, :, 0], one) for one in middles)


def test_the_same_seed_gives_the_same_segments():
    one, two = (wave_runs.speech(seed=3).train.as_numpy_iterator() for _ in range(2))
    for (mel, wave), (other_mel, other_wave) in zip(one, two, strict=True):
        np.testing.assert_array_equal(mel, other_mel)
        np.testing.assert_array_equal(wave, other_wave)


def test_a_wave_that_is_shorter_is_followed_by_silence():
    splits = load_speech([np.full(100, 0.5, np.float32)] * 2, 1, validation_split=0.0, **FORM)
    _, waves = next(iter(splits.train))
    np.testing.assert_array_equal(waves[0, :, 0], np.r_[np.full(100, 0.5), np.zeros(156)].astype(np.float32))


def test_a_folder_may_say_what_is_held_out(tmp_path):
    written(tmp_path, ("train/a.wav", "train/b.wav", "test/c.wav"))
    splits = load_speech(tmp_path, 2, **FORM)
    assert (splits.count, splits.held_out) == (2, 1)


def test_a_damaged_file_is_left_out_and_named_or_refused(tmp_path):
    written(tmp_path)
    (tmp_path / "bad.wav").write_bytes(b"RIFF, but no sound")
    splits = load_speech(tmp_path, 1, **FORM)
    assert list(splits.skipped) == ["bad.wav"]
    with pytest.raises(DataError, match=r"Received: bad\.wav"):
        load_speech(tmp_path, 1, strict=True, **FORM)


def test_files_without_a_true_length_go_to_their_end_and_those_of_a_million_chunks_are_left_out(tmp_path):
    content = (written(tmp_path, ("a.wav",)) / "a.wav").read_bytes()
    (tmp_path / "piped.wav").write_bytes(wave_runs.of_no_length(content))
    (tmp_path / "chunks.wav").write_bytes(wave_runs.of_chunks(content, 1_000_000))
    source = FolderOfWaves(tmp_path, wave_runs.RATE, strict=False)
    assert list(source.skipped) == ["chunks.wav"]
    whole, piped = (source.read(number, 0, 10_000) for number in range(source.count))
    assert source.samples(0) == source.samples(1) == 600
    np.testing.assert_array_equal(piped, whole)


def test_several_channels_and_other_rates_are_named_with_what_to_do(tmp_path):
    written(tmp_path / "stereo", ("a.wav",), channels=2)
    with pytest.raises(DataError, match=r"one channel.*a\.wav.*has 2.*sox in\.wav -c 1"):
        load_speech(tmp_path / "stereo", 1, **FORM)
    written(tmp_path / "slow", ("a.wav", "b.wav"))
    written(tmp_path / "slow", ("c.wav",), rate=16000)
    with pytest.raises(DataError, match=r"1 files of 3 with another rate: c\.wav; the first has 16,000.*sox"):
        load_speech(tmp_path / "slow", 1, **{**FORM, "sample_rate": None})
    with pytest.raises(DataError, match="Expected sound of 22,050 samples.*pass sample_rate=8000"):
        load_speech(tmp_path / "slow", 1, **{**FORM, "sample_rate": 22050})


def test_values_that_are_not_finite_are_named():
    wave = wave_runs.waves(1)[0]
    wave[7] = np.nan
    with pytest.raises(DataError, match="NaN or infinity"):
        load_speech([wave], 1, **FORM)


def test_a_file_with_such_values_ends_the_training_by_its_name(tmp_path):
    bad = np.full(600, np.nan, np.float32)
    soundfile.write(tmp_path / "nan.wav", bad, wave_runs.RATE, subtype="FLOAT")
    splits = load_speech(tmp_path, 1, validation_split=0.0, **FORM)
    model = wave_runs.recipe().build(splits)
    with pytest.raises(DataError, match=r"NaN or infinity in .*nan\.wav"):
        model.fit(splits, verbose=0)


@pytest.mark.parametrize(
    ("source", "options", "words"),
    [
        ("nowhere", {}, "which does not exist"),
        ([], {}, "Expected waves. Received: none"),
        (np.zeros((2, 300, 2), np.float32), {}, "Take the mean over channels"),
        (np.zeros((2, 300), np.int16), {}, "divide whole numbers"),
        (np.full((2, 300), 3.0, np.float32), {}, "Divide it by its peak"),
        (np.zeros((2, 300), np.float32), {"segment": 250}, "Expected segment as a multiple of hop=16"),
        (np.zeros((2, 300), np.float32), {"sample_rate": None}, "Expected sample_rate beside waves"),
        (np.zeros((2, 300), np.float32), {"mels": 0}, "mels"),
        (3, {}, "Received: a int"),
    ],
)
def test_what_is_no_sound_is_refused(source, options, words):
    with pytest.raises(DataError, match=words):
        load_speech(source, 1, **{**FORM, **options})


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(DataError, match="Expected sound files"):
        kgan.data.load_speech(tmp_path, 1)
