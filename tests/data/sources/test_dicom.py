"""DICOM, which the extra `dicom` reads."""

import numpy as np
import pytest
from PIL import Image

from kgan.data import DataError, load
from kgan.data.sources import dicom, formats


def write(path, values, photometric="MONOCHROME2", bits=12, frames=None, **others):
    pydicom = pytest.importorskip("pydicom")
    dataset = pydicom.Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = pydicom.uid.SecondaryCaptureImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = pydicom.uid.generate_uid()
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID
    dataset.Rows, dataset.Columns = values.shape[-2:] if frames or values.ndim == 2 else values.shape[:2]
    dataset.SamplesPerPixel = 3 if values.ndim == 3 and not frames else 1
    if dataset.SamplesPerPixel == 3:
        dataset.PlanarConfiguration = 0
    if frames:
        dataset.NumberOfFrames = frames
    dataset.PhotometricInterpretation = photometric
    dataset.BitsAllocated = 8 * values.dtype.itemsize
    dataset.BitsStored = min(bits, dataset.BitsAllocated)
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(values.dtype.kind == "i")
    dataset.PixelData = values.tobytes()
    for name, value in others.items():
        setattr(dataset, name, value)
    dataset.save_as(path, enforce_file_format=True)


def single(folder):
    splits = load(folder, 1, validation_split=0.0)
    return splits, next(splits.train.as_numpy_iterator())[0]


VALUES = np.arange(64, dtype=np.uint16).reshape(8, 8) * 60  # up to 3,780 of 12 bits


def test_twelve_bits_keep_all_their_values(tmp_path):
    write(tmp_path / "a.dcm", VALUES)
    splits, image = single(tmp_path)
    np.testing.assert_allclose(image[..., 0], VALUES / 4095.0 * 2 - 1, atol=1e-6)
    assert splits.found.formats == {"DICOM": 1}
    assert splits.found.depth == {"16 bits": 1}


def test_what_counts_from_white_is_turned_about_and_told(tmp_path):
    write(tmp_path / "a.dcm", VALUES, "MONOCHROME1")
    splits, image = single(tmp_path)
    np.testing.assert_allclose(image[..., 0], (4095 - VALUES.astype(int)) / 4095.0 * 2 - 1, atol=1e-6)
    assert splits.found.converted["MONOCHROME1 inverted"] == 1


def test_values_are_those_of_the_rescaled_unit(tmp_path):
    write(tmp_path / "a.dcm", VALUES, RescaleSlope="2", RescaleIntercept="-1024")
    splits, image = single(tmp_path)
    hounsfield = 2.0 * VALUES - 1024
    expected = (hounsfield + 1024) / (hounsfield.max() + 1024) * 2 - 1
    np.testing.assert_allclose(image[..., 0], expected, atol=1e-6)
    assert "values from -1,024 to 6,536" in "\n".join(splits.found.lines())


def test_thirty_two_bits_do_not_wrap(tmp_path):
    values = VALUES.astype(np.uint32) * 1_000_000  # up to 3.78e9
    write(tmp_path / "a.dcm", values, bits=32)
    splits, image = single(tmp_path)
    np.testing.assert_allclose(image[..., 0], values / values.max() * 2 - 1, atol=1e-6)
    assert splits.found.depth == {"32 bits": 1}
    write(tmp_path / "a.dcm", values, "MONOCHROME1", bits=32)
    np.testing.assert_array_equal(dicom.pixels(tmp_path / "a.dcm")[0][..., 0], 2**32 - 1 - values.astype(np.int64))


def test_signed_values_are_turned_about_within_their_own_range(tmp_path):
    write(tmp_path / "a.dcm", VALUES.astype(np.int16) - 2000, "MONOCHROME1", bits=16)
    values, depth = dicom.pixels(tmp_path / "a.dcm")
    np.testing.assert_array_equal(values[..., 0], 1999.0 - VALUES)
    assert depth == "float"


def test_doses_are_scaled_and_a_second_scale_is_refused(tmp_path):
    values = VALUES.astype(np.uint32) * 1_000_000
    write(tmp_path / "a.dcm", values, bits=32, DoseGridScaling="1e-8")
    found, depth = dicom.pixels(tmp_path / "a.dcm")
    np.testing.assert_allclose(found[..., 0], values * 1e-8, rtol=1e-6)
    assert depth == dicom.look(tmp_path / "a.dcm")["depth"] == "float"
    write(tmp_path / "b.dcm", values, bits=32, DoseGridScaling="1e-8", RescaleSlope="2")
    assert "both a DoseGridScaling and a RescaleSlope" in single(tmp_path)[0].skipped["b.dcm"]


def palette(first, colours):
    """The colours, `(n, 3)` of 8 or 16 bits, as a DICOM file keeps them."""
    names = ("Red", "Green", "Blue")
    shape = [len(colours), first, 8 * colours.dtype.itemsize]
    return {f"{name}PaletteColorLookupTableDescriptor": shape for name in names} | {
        f"{name}PaletteColorLookupTableData": colours[:, place].tobytes() for place, name in enumerate(names)
    }


@pytest.mark.parametrize("type_", [np.uint8, np.uint16])
def test_numbers_of_colours_become_colours(tmp_path, type_):
    colours = np.random.RandomState(0).randint(0, 256, (16, 3)).astype(type_)
    numbers = np.arange(64, dtype=np.uint16).reshape(8, 8) * 8  # from 0 to 504
    write(tmp_path / "a.dcm", numbers, "PALETTE COLOR", bits=16, **palette(100, colours))
    found, depth = dicom.pixels(tmp_path / "a.dcm")
    np.testing.assert_array_equal(found, colours[np.clip(numbers.astype(int) - 100, 0, 15)])
    assert found.dtype == type_
    assert depth == dicom.look(tmp_path / "a.dcm")["depth"] == f"{8 * colours.itemsize} bits"
    splits, image = single(tmp_path)
    assert image.shape == (8, 8, 3)
    assert splits.found.converted["PALETTE COLOR made RGB"] == 1


def test_a_file_without_its_palette_is_left_out_by_name(tmp_path):
    write(tmp_path / "a.dcm", VALUES)
    write(tmp_path / "b.dcm", VALUES, "PALETTE COLOR")
    assert "RedPaletteColorLookupTableDescriptor" in single(tmp_path)[0].skipped["b.dcm"]


def test_floats_are_kept_and_numbers_of_64_bits_are_refused(tmp_path):
    pydicom = pytest.importorskip("pydicom")
    floats = np.random.RandomState(0).rand(8, 8).astype(np.float32)
    write(tmp_path / "a.dcm", floats)
    dataset = pydicom.dcmread(tmp_path / "a.dcm")
    for name in ("PixelData", "BitsStored", "HighBit", "PixelRepresentation"):
        delattr(dataset, name)
    dataset.FloatPixelData = floats.tobytes()
    dataset.save_as(tmp_path / "a.dcm")
    np.testing.assert_array_equal(dicom.pixels(tmp_path / "a.dcm")[0][..., 0], floats)
    write(tmp_path / "b.dcm", VALUES.astype(np.uint64), bits=64)
    assert "whole numbers of 64 bits" in single(tmp_path)[0].skipped["b.dcm"]


@pytest.mark.parametrize(("photometric", "one"), [("MONOCHROME2", 255), ("MONOCHROME1", 0)])
def test_single_bits_are_black_and_white(tmp_path, photometric, one):
    bits = np.random.RandomState(0).randint(0, 2, (8, 8)).astype(np.uint8)
    packed = np.packbits(bits, bitorder="little").tobytes()
    write(tmp_path / "a.dcm", bits, photometric, bits=1, BitsAllocated=1, PixelData=packed)
    np.testing.assert_array_equal(single(tmp_path)[1][..., 0], np.where(bits, one, 255 - one))


def test_colours_of_eight_bits_stay_bytes_and_of_a_series_the_first_frame_is_taken(tmp_path):
    (tmp_path / "colour").mkdir()
    colours = np.random.RandomState(0).randint(0, 256, (8, 8, 3)).astype(np.uint8)
    write(tmp_path / "colour" / "a.dcm", colours, "RGB", bits=8)
    np.testing.assert_array_equal(single(tmp_path / "colour")[1], colours)
    (tmp_path / "series").mkdir()
    series = np.stack([np.full((8, 8), shade, np.uint8) for shade in (50, 90)])
    write(tmp_path / "series" / "a.dcm", series, bits=8, frames=2)
    splits, image = single(tmp_path / "series")
    assert set(np.unique(image)) == {50}
    assert splits.found.converted == {"first frame of an animation or series": 1}


def test_a_damaged_file_is_skipped_by_name(tmp_path):
    write(tmp_path / "a.dcm", VALUES)
    (tmp_path / "b.dcm").write_bytes((tmp_path / "a.dcm").read_bytes()[:600])
    (tmp_path / "c.dcm").write_bytes(b"no")
    splits = load(tmp_path, 1, validation_split=0.0)
    assert len(list(splits.train)) == 3
    assert set(splits.skipped) == {"b.dcm", "c.dcm"}


def test_without_the_extra_the_files_are_counted_and_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "without_dicom", lambda: True)
    (tmp_path / "a.dcm").write_bytes(b"")
    with pytest.raises(DataError, match=r"but 1 DICOM \(pip install 'kgan\[dicom\]' reads them\)"):
        load(tmp_path)
    Image.new("L", (8, 8), 100).save(tmp_path / "b.png")
    ignored = load(tmp_path, 1, validation_split=0.0).found.ignored
    assert ignored == {"DICOM (pip install 'kgan[dicom]' reads them)": 1}
