"""Pictures in zip archives."""

import io
import json
import stat
import zipfile

import numpy as np
import pytest
from PIL import Image

from kgan.data import DataError, load
from kgan.data.sources import places
from kgan.data.sources.folder import ImageFolder


def picture(shade, size=(8, 8)):
    content = io.BytesIO()
    Image.new("L", size, shade).save(content, "png")
    return content.getvalue()


def archive(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in entries.items():
            file.writestr(name, content)
    return path


def test_an_archive_is_read_like_the_folder_that_was_packed(tmp_path):
    entries = {f"photos/{'ab'[number % 2]}x/{number}.png": picture(number) for number in range(20)}
    entries |= {"photos/notes.txt": b"text", "__MACOSX/photos/._0.png": b"", "photos/ax/": b""}
    packed = archive(tmp_path / "photos.zip", entries)
    zipfile.ZipFile(packed).extractall(tmp_path / "unpacked")
    splits, folder = load(packed, 3), load(tmp_path / "unpacked" / "photos", 3)
    assert splits.class_names == folder.class_names == ("ax", "bx")
    assert splits.found == folder.found
    for one, other in zip(splits.train.as_numpy_iterator(), folder.train.as_numpy_iterator(), strict=True):
        np.testing.assert_array_equal(one[0], other[0])
        np.testing.assert_array_equal(one[1], other[1])
        np.testing.assert_array_equal(one[0][:, 0, 0, 0] % 2, one[1])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["photos.zip", "unpacked"]


def test_stylegan_s_archives_bring_their_labels(tmp_path):
    names = [f"00000/img0000000{number}.png" for number in range(6)]
    entries = {name: picture(number) for number, name in enumerate(names)}
    entries["dataset.json"] = json.dumps({"labels": [[name, n // 3] for n, name in enumerate(names)]})
    splits = load(archive(tmp_path / "a.zip", entries), 1, validation_split=0.0)
    assert splits.num_classes == 2
    for images, labels in splits.train.as_numpy_iterator():
        assert images[0, 0, 0, 0] // 3 == labels[0]


def test_entries_that_lead_out_of_the_archive_are_ignored_and_nothing_is_written(tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    entries = {name: picture(1) for name in ("../a.png", "/b.png", "x/../../c.png", "C:/d.png", "..\\e.png")}
    entries |= {f"{number}.png": picture(2) for number in range(4)}
    packed = archive(inside / "a.zip", entries)
    with zipfile.ZipFile(packed, "a") as file:
        link = zipfile.ZipInfo("link.png")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        file.writestr(link, "/etc/passwd")
    splits = load(packed, 1, validation_split=0.0)
    assert {int(batch.max()) for batch in splits.train.as_numpy_iterator()} == {2}
    assert splits.found.ignored == {"entries that lead out of the archive": 6}
    assert [path.name for path in tmp_path.rglob("*")] == ["inside", "a.zip"]


def test_a_file_that_unpacks_to_very_much_is_skipped_by_its_entry(tmp_path, monkeypatch):
    monkeypatch.setattr(places, "_MOST_BYTES", 10_000)
    packed = archive(tmp_path / "a.zip", {"a.png": picture(3), "bomb.png": bytes(100_000)})
    images = ImageFolder(packed, (8, 8), True, None, strict=False)
    assert images.decode(np.arange(2), np.arange(2))[1].tolist() == [0, 0]
    assert "more than a picture has" in images.skipped["bomb.png"]


def test_damaged_entries_are_skipped_and_named(tmp_path):
    packed = archive(tmp_path / "a.zip", {"a.png": picture(3), "b.png": b"no picture"})
    content = bytearray(packed.read_bytes())
    splits = load(packed, 1, validation_split=0.0)
    assert [int(batch.max()) for batch in splits.train.as_numpy_iterator()] == [3, 3]
    assert set(splits.skipped) == {"b.png"}
    place = content.index(b"a.png") + 5
    content[place + 8] ^= 255
    packed.write_bytes(content)
    with pytest.raises(DataError, match="only damaged files"):
        load(packed, 1)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04no", b"not a zip"])
def test_what_is_no_archive_is_refused_by_name(tmp_path, content):
    (tmp_path / "a.zip").write_bytes(content)
    with pytest.raises(DataError, match="Expected .*a.zip to be a zip archive of pictures"):
        load(tmp_path / "a.zip")


def test_an_encrypted_entry_is_skipped(tmp_path):
    packed = archive(tmp_path / "a.zip", {"a.png": picture(3), "b.png": picture(4)})
    content = bytearray(packed.read_bytes())
    content[content.rindex(b"PK\x01\x02") + 8] |= 1  # the flag of the last entry in the directory
    packed.write_bytes(content)
    splits = load(packed, 1, validation_split=0.0)
    assert {int(batch.max()) for batch in splits.train.as_numpy_iterator()} == {3}
    assert "encrypted" in splits.skipped["b.png"]
