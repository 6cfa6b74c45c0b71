"""Data that promise more than there is take no memory."""

import io
import os
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image

from kgan import data
from kgan._support import limits, numpy_files
from kgan.data.sources.folder import ImageFolder


def header_of(shape, dtype="|u1"):
    header = f"{{'descr': {dtype!r}, 'fortran_order': False, 'shape': {shape!r}, }}".encode()
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header


@pytest.mark.parametrize("shape", [(10**12, 8, 8, 1), (2**62, 2**62), (7, 8, 8, 1)])
def test_a_header_that_promises_more_than_there_is_allocates_nothing(tmp_path, shape):
    (tmp_path / "a.npy").write_bytes(header_of(shape) + b"\0" * 10)
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("images.npy", header_of(shape) + b"\0" * 10)
    for name in ("a.npy", "a.npz"):
        with pytest.raises(
            data.DataError, match=f"10 bytes of numbers.* where its header has {np.prod(shape, dtype=object)}"
        ):
            data.load(tmp_path / name)


def test_an_archive_that_unpacks_to_very_much_is_refused_by_its_directory(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "a.npz", images=np.zeros((1000, 8, 8, 1), np.uint8))
    assert (tmp_path / "a.npz").stat().st_size < 2000
    monkeypatch.setattr(limits, "MOST_BYTES", 50_000)
    with pytest.raises(data.DataError, match=r"arrays of 0.0 GiB; save them as .npy"):
        data.load(tmp_path / "a.npz")


def test_objects_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.array([{}]), allow_pickle=True)
    np.savez(tmp_path / "a.npz", images=np.array([{}]))
    for read in (numpy_files.mapped, numpy_files.unpacked):
        path = tmp_path / ("a.npy" if read is numpy_files.mapped else "a.npz")
        with pytest.raises(numpy_files.NumpyFileError, match="objects"):
            read(path)


def test_labels_that_are_no_classes_are_refused_before_they_are_counted():
    with pytest.raises(data.DataError, match="Expected classes of at most 1,000,000. Received: classes=1000000000001"):
        data.load((np.zeros((2, 8, 8, 1), np.uint8), np.array([0, 10**12])), batch_size=1)


def test_labels_of_no_samples_are_refused():
    with pytest.raises(data.DataError, match=r"Expected labels of shape \(n,\).*Received: shape \(0,\)"):
        data.load((np.zeros((2, 8, 8, 1), np.uint8), np.zeros(0, int)), batch_size=1)


def test_a_pipe_among_images_does_not_wait_for_ever(tmp_path):
    Image.new("L", (8, 8)).save(tmp_path / "a.png")
    os.mkfifo(tmp_path / "b.png")
    images = ImageFolder(tmp_path, None, True, None, strict=False)
    assert images.decode(np.arange(2), np.arange(2))[1].tolist() == [0, 0]
    assert images.skipped == {"b.png": "ValueError: neither a file nor a link to one"}


def test_a_picture_that_unpacks_to_very_much_is_skipped(tmp_path):
    Image.new("L", (8, 8)).save(tmp_path / "a.png")
    content = io.BytesIO()
    Image.new("1", (8, 8)).save(content, "png")
    forged = bytearray(content.getvalue())
    forged[16:24] = (10**5).to_bytes(4, "big") * 2  # IHDR's width and height
    forged[29:33] = zlib.crc32(forged[12:29]).to_bytes(4, "big")
    (tmp_path / "b.png").write_bytes(forged)
    images = ImageFolder(tmp_path, (8, 8), True, None, strict=False)
    assert images.decode(np.arange(2), np.arange(2))[1].tolist() == [0, 0]
    assert "decompression bomb" in images.skipped["b.png"]
