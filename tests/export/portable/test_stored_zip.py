"""Archives of any number of files, as `zipfile` and `unzip` read them."""

import shutil
import subprocess
import zipfile

import pytest

from kgan.export.portable.stored_zip import StoredZip

FILES = {"a.png": b"one", "Übung 日本.npy": b"", "c+d, e.png": bytes(range(256)) * 300}


def written(path, files, start=0):
    with path.open("wb") as file:
        file.seek(start)
        with StoredZip(file) as archive:
            for name, content in files:
                archive.add(name, content)
    return path


def test_what_was_added_is_read_back_in_order(tmp_path):
    with zipfile.ZipFile(written(tmp_path / "a.zip", FILES.items())) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == FILES
        assert archive.namelist() == list(FILES)
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        archive.extractall(tmp_path / "out")
    assert (tmp_path / "out" / "a.png").read_bytes() == b"one"


def test_an_archive_without_files_is_empty(tmp_path):
    with zipfile.ZipFile(written(tmp_path / "a.zip", [])) as archive:
        assert archive.namelist() == []


@pytest.mark.parametrize("count", [65_534, 65_535])
def test_more_files_than_16_bits_count(tmp_path, count):
    path = written(tmp_path / "a.zip", ((str(number), b"") for number in range(count)))
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == [str(number) for number in range(count)]


@pytest.mark.parametrize("start", [2**32 - 100, 2**32 - 1, 2**32 + 7])
def test_files_beyond_four_gibibytes(tmp_path, start):
    path = written(tmp_path / "a.zip", FILES.items(), start)  # a sparse file, which takes no room
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == FILES


def test_unzip_takes_it(tmp_path):
    if shutil.which("unzip") is None:
        pytest.skip("unzip is not installed")
    path = written(tmp_path / "a.zip", ((str(number), b"x") for number in range(66_000)))
    done = subprocess.run(["unzip", "-tqq", path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
