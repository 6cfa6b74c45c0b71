"""What the page computes of sound, in Node.js: WAV and NumPy files are read, and spectrograms are Python's."""

import json
import shutil
import struct
import subprocess

import numpy as np
import pytest

from kgan.export.explorer.folder import PAGE
from kgan.export.portable.mel_spectrograms import mel_spectrogram
from kgan.export.portable.wave_files import read_sound, write_sound

SCRIPT = """
import { readFileSync, writeFileSync } from "node:fs";
import { melSpectrogram } from "./mel.js";
import { readArray } from "./npy.js";
import { readWave, wave } from "./wav.js";
import { givenMel, givenWave } from "./vocoder.js";

const bytes = (name) => Uint8Array.from(readFileSync(name)).buffer;
const plain = ({ samples, values, ...others }) => ({ ...others, values: [...(samples ?? values)] });
const cases = {
  mel: ({ wave: samples, form }) => [...melSpectrogram(Float32Array.from(samples), form)],
  read: ({ file }) => plain(readWave(bytes(file))),
  array: ({ file }) => plain(readArray(bytes(file))),
  write: ({ samples, rate, file }) => writeFileSync(file, wave(Float32Array.from(samples), rate)),
  givenMel: ({ file, form }) => [...givenMel(bytes(file), "in.npy", form)],
  givenWave: ({ file, form }) => [...givenWave(bytes(file), "in.wav", form)],
};
const answered = ([name, what]) => {
  try { return cases[name](what) ?? null; } catch (error) { return error.message; }
};
const asked = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify(asked.map(answered)));
"""


@pytest.fixture(scope="module")
def node(tmp_path_factory):
    """What the page's modules make of cases, `node(("mel", {...}), ...)`."""
    if shutil.which("node") is None:
        pytest.skip("no Node.js: apt-get install nodejs")
    folder = tmp_path_factory.mktemp("page")
    for file in PAGE.glob("*.js"):
        shutil.copy(file, folder)
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "script.js").write_text(SCRIPT)

    def run(*cases):
        command = ["node", "script.js"]
        asked = json.dumps(cases, default=str)
        done = subprocess.run(command, input=asked, capture_output=True, text=True, cwd=folder, check=False, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def form(sample_rate=8000, fft=64, hop=16, window=None, mels=8, low=0.0, high=None):
    return locals()


FORMS = [
    form(),
    form(fft=512, hop=128, mels=40, high=3800.0),
    form(sample_rate=22_050, fft=1024, hop=256, mels=80, high=8000.0),
    form(fft=60, hop=20, window=45, low=50.0),  # of 2, 3 and 5
    form(fft=74, hop=12, mels=5),  # of a large prime number
]


def spoken(samples=3000, seed=0):
    """Tones above noise, so that no band is lost in what float32 rounds off the loud ones."""
    random, time = np.random.RandomState(seed), np.arange(samples) / 8000
    tones = sum(np.sin(2 * np.pi * pitch * time) * 0.2 for pitch in (220, 1330, 2900))
    return (tones * np.linspace(1, 0.1, samples) + random.normal(0, 0.01, samples)).astype(np.float32)


def test_spectrograms_are_those_of_python(node):
    sound = spoken()
    found = node(*(("mel", {"wave": sound.tolist(), "form": one}) for one in FORMS))
    for one, values in zip(FORMS, found, strict=True):
        expected = mel_spectrogram(sound, one)
        assert len(expected) == 3000 // one["hop"]
        np.testing.assert_allclose(np.reshape(values, expected.shape), expected, atol=1e-4)
        assert np.ptp(expected) > 3


def test_silence_is_at_the_floor_and_the_shortest_wave_has_its_frames(node):
    found = node(*(("mel", {"wave": [0.0] * 64, "form": form(hop=hop)}) for hop in (16, 34)))
    np.testing.assert_allclose(found[0], np.log(1e-5), atol=1e-6)
    assert [len(one) for one in found] == [4 * 8, 1 * 8]


def riff(coding, bits, data, channels=1, extensible=False, before=b""):
    said = 0xFFFE if extensible else coding
    fmt = struct.pack("<HHIIHH", said, channels, 8000, 8000 * bits // 8, bits // 8, bits)
    fmt += struct.pack("<HHIH", 22, bits, 4, coding) + bytes(14) if extensible else b""
    chunks = before + b"fmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def test_wav_files_of_every_coding_are_read_as_python_reads_them(node, tmp_path):
    sound = spoken(50)
    whole = np.rint(sound * 2**15).astype("<i2")
    three = b"".join(int(one).to_bytes(3, "little", signed=True) for one in np.rint(sound * 2**23))
    odd = b"LIST" + struct.pack("<I", 3) + b"abc\0"  # a chunk of an odd size is followed by a zero
    in_16 = riff(1, 16, whole.tobytes())
    files = {
        "16": (in_16, 2**-15),
        "8": (riff(1, 8, np.rint(sound * 128 + 128).astype("u1").tobytes()), 2**-7),
        "24": (riff(1, 24, three, before=odd), 2**-23),
        "32": (riff(1, 32, np.rint(sound * 2**31).astype("<i4").tobytes()), 2**-23),
        "floats": (riff(3, 32, sound.tobytes()), 0),
        "doubles": (riff(3, 64, sound.astype("<f8").tobytes()), 0),
        "extensible": (riff(1, 24, three, extensible=True), 2**-23),
        "endless": (
            riff(1, 16, whole.tobytes()).replace(b"data" + struct.pack("<I", 100), b"data\xff\xff\xff\xff"),
            2**-15,
        ),
    }
    for name, (content, _) in files.items():
        (tmp_path / f"{name}.wav").write_bytes(content)
    found = node(*(("read", {"file": tmp_path / f"{name}.wav"}) for name in files))
    for (name, (_, step)), one in zip(files.items(), found, strict=True):
        assert one["rate"] == 8000
        np.testing.assert_allclose(one["values"], sound, atol=step, err_msg=name)
    for name in ("16", "8", "32"):
        at = list(files).index(name)
        np.testing.assert_array_equal(np.float32(found[at]["values"]), read_sound(tmp_path / f"{name}.wav")[0])


def test_what_is_written_is_the_file_that_python_writes(node, tmp_path):
    sound = np.append(spoken(50), np.float32([1.5, -2.0, 1.0, -1.0]))
    node(("write", {"samples": sound.tolist(), "rate": 8000, "file": tmp_path / "page.wav"}))
    write_sound(tmp_path / "python.wav", sound, 8000)
    assert (tmp_path / "page.wav").read_bytes() == (tmp_path / "python.wav").read_bytes()


def test_arrays_are_read_in_either_order_and_with_either_end_first(node, tmp_path):
    array = np.random.RandomState(0).normal(size=(5, 3, 2)).astype(np.float32)
    kinds = {
        "f4": array,
        "turned": np.asfortranarray(array),
        "f8": array.astype(">f8"),
        "u1": (array > 0) * np.uint8(7),
    }
    for name, one in kinds.items():
        np.save(tmp_path / f"{name}.npy", one)
    found = node(*(("array", {"file": tmp_path / f"{name}.npy"}) for name in kinds))
    for one, expected in zip(found, kinds.values(), strict=True):
        assert one["shape"] == [5, 3, 2]
        np.testing.assert_allclose(np.reshape(one["values"], one["shape"]), expected, rtol=1e-7)


def test_what_does_not_fit_is_refused_with_what_is_expected(node, tmp_path):
    (tmp_path / "two.wav").write_bytes(riff(1, 16, bytes(400), channels=2))
    (tmp_path / "law.wav").write_bytes(riff(7, 8, bytes(400)))
    (tmp_path / "nan.wav").write_bytes(riff(3, 32, np.float32([0.0, np.nan]).tobytes()))
    (tmp_path / "text.wav").write_bytes(b"no sound at all, but some text")
    (tmp_path / "half.wav").write_bytes(riff(1, 16, b"")[:30])
    (tmp_path / "short.wav").write_bytes(riff(1, 16, bytes(20)))
    write_sound(tmp_path / "fast.wav", spoken(100), 16_000)
    np.save(tmp_path / "whole.npy", np.zeros((9, 8), np.int32))
    np.save(tmp_path / "turned.npy", np.zeros((8, 9), np.float32))
    np.save(tmp_path / "nan.npy", np.full((9, 8), np.nan, np.float32))
    np.save(tmp_path / "fits.npy", np.ones((9, 8), np.float32))
    (tmp_path / "cut.npy").write_bytes((tmp_path / "fits.npy").read_bytes()[:-1])
    wanted = {
        "two.wav": "Expected sound of one channel. Received: in.wav, which has 2. Mix them down: sox IN -c 1 out.wav.",
        "law.wav": "Received: in.wav with coding 7 of 8 bits. Convert it: sox IN -b 16 out.wav.",
        "nan.wav": "Expected finite samples. Received: NaN or infinity in in.wav.",
        "text.wav": "Expected a WAV file. Received: in.wav, which is another.",
        "half.wav": "Expected a whole WAV file. Received: in.wav, which is damaged.",
        "short.wav": "Expected sound of 64 samples or more. Received: in.wav of 10.",
        "fast.wav": "Expected sound of 8,000 samples in a second, as the network was trained on. Received: in.wav with "
        "16,000. Convert it: sox IN -r 8000 out.wav.",
        "whole.npy": "Expected an array of float32, float64 or uint8. Received: in.npy of <i4.",
        "turned.npy": "(frames, 8) of floats. Received: <f4 of shape (8, 9). Transpose it: mel.T.",
        "nan.npy": "Expected a finite spectrogram. Received: NaN or infinity in in.npy. Mend it first.",
        "cut.npy": "Expected a whole array. Received: in.npy, which ends too early.",
        "text.npy": "Expected a NumPy array. Received: in.npy, which is another file.",
    }
    (tmp_path / "text.npy").write_bytes(b"no array at all, but some text")
    kinds = {".wav": "givenWave", ".npy": "givenMel"}
    found = node(*((kinds[name[-4:]], {"file": tmp_path / name, "form": form()}) for name in wanted))
    for said, words in zip(found, wanted.values(), strict=True):
        assert words in said
    (fits,) = node(("givenMel", {"file": tmp_path / "fits.npy", "form": form()}))
    assert fits == [1.0] * 72
