"""Reading WAV files with the standard library."""

import io

import numpy as np
import pytest
import wave_runs
from wave_runs import of_chunks, of_no_length

from kgan.export.portable import wave_files
from kgan.export.portable.wave_files import read_sound, wave_form, wave_samples, write_wave

SPOKEN = wave_runs.waves(1)[0]


@pytest.fixture
def content():
    held = io.BytesIO()
    write_wave(held, SPOKEN, wave_runs.RATE)
    return held.getvalue()


@pytest.fixture
def no_soundfile(monkeypatch):
    """The standard library alone, as where a bundle is given to somebody."""
    monkeypatch.delattr(wave_files, "other_sound")


@pytest.mark.parametrize("length", [2**32 - 1, 2**31 - 1, 0x7FFFF000])  # of ffmpeg and sox
def test_the_samples_of_a_file_without_a_true_length_go_to_its_end(content, length, tmp_path, no_soundfile):
    (tmp_path / "piped.wav").write_bytes(of_no_length(content, length))
    samples, rate = read_sound(tmp_path / "piped.wav")
    assert rate == wave_runs.RATE
    np.testing.assert_allclose(samples, SPOKEN, atol=1e-4)


def test_a_sample_of_which_half_is_there_is_left_out(content, tmp_path, no_soundfile):
    (tmp_path / "cut.wav").write_bytes(content[:-1])
    np.testing.assert_allclose(read_sound(tmp_path / "cut.wav")[0], SPOKEN[:-1], atol=1e-4)


def test_chunks_after_the_samples_are_no_samples(content, tmp_path, no_soundfile):
    (tmp_path / "noted.wav").write_bytes(content + b"LIST" + (4).to_bytes(4, "little") + b"INFO")
    np.testing.assert_allclose(read_sound(tmp_path / "noted.wav")[0], SPOKEN, atol=1e-4)


@pytest.mark.parametrize(("count", "right"), [(998, True), (999, False)])
def test_a_thousand_chunks_are_looked_at(content, count, right):
    file = io.BytesIO(of_chunks(content, count))  # and the one of the form, and that of the samples
    if right:
        np.testing.assert_allclose(wave_samples(file, wave_form(file)), SPOKEN, atol=1e-4)
    else:
        with pytest.raises(ValueError, match="more than 1,000 chunks before the samples"):
            wave_form(file)


def test_channels_lie_beside_each_other_and_whole_numbers_may_be_of_an_extended_header():
    values = np.int16([[1, -2], [3, -4], [5, -6]])
    form = b"\xfe\xff\x02\x00" + (8000).to_bytes(4, "little") + bytes(6) + b"\x10\x00" + bytes(8) + b"\x01" + bytes(15)
    head = b"RIFF" + bytes(4) + b"WAVEfmt " + len(form).to_bytes(4, "little") + form
    file = io.BytesIO(head + b"data" + (12).to_bytes(4, "little") + values.tobytes())
    found = wave_form(file)
    assert found == (2, 2, 8000, 3, len(head) + 8)
    np.testing.assert_array_equal(wave_samples(file, found) * 2**15, values)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda content: content[:40], "without samples"),
        (lambda content: content.replace(b"fmt ", b"form"), "samples before what says their form"),
        (lambda content: content[:22] + bytes(2) + content[24:], "samples of no channel"),
        (lambda content: content[:34] + bytes(2) + content[36:], "samples of 0 bits"),
        (lambda content: content[:20] + b"\x06" + content[21:], "samples of coding 6"),
        (lambda content: b"RIFX" + content[4:], "does not start as a WAV file does"),
    ],
)
def test_what_is_no_wave_of_whole_numbers_is_named(content, wrong, words):
    with pytest.raises(ValueError, match=words):
        wave_form(io.BytesIO(wrong(content)))
