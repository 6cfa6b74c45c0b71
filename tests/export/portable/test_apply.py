import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import picture_networks
from blocked import run_blocked
from kgan.export import runners
from kgan.export.portable import apply
from kgan.export.portable.applier import Applier, ApplyError


def pixels(height=12, width=10, channels=3, seed=0):
    return np.random.RandomState(seed).randint(0, 256, (height, width, channels)).astype(np.uint8)


def save(path, array, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array[..., 0] if array.shape[-1] == 1 else array).save(path, **options)
    return path


def read(path):
    with Image.open(path) as picture:
        return np.asarray(picture)


@pytest.fixture
def negative(tmp_path):
    return picture_networks.negative(tmp_path / "generator.onnx")


def test_a_picture_is_applied_and_written_whole(negative, tmp_path):
    source = save(tmp_path / "in.png", pixels())
    out = tmp_path / "new" / "out.png"
    assert apply.apply_to_files(negative, source, out) == [out]
    np.testing.assert_array_equal(read(out), 255 - pixels())
    assert [path.name for path in out.parent.iterdir()] == ["out.png"]


def test_it_runs_as_a_file_where_kgan_and_tensorflow_are_blocked(negative, tmp_path):
    runners.named("apply.py").write(tmp_path)
    save(tmp_path / "in.png", pixels())
    done = run_blocked(tmp_path / "apply.py", tmp_path / "in.png", "--out", "out.png", "--tile", 8, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 picture in out.png\n", "")
    np.testing.assert_array_equal(read(tmp_path / "out.png"), 255 - pixels())


def test_it_is_a_module_too(negative, tmp_path):
    runners.named("apply.py").write(tmp_path)
    script = "import numpy as np; from apply import Applier\n"
    script += "print(Applier('generator.onnx').apply(np.zeros((2, 2, 3), np.uint8)).tolist())"
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == f"{[[[255] * 3] * 2] * 2}\n", done.stderr


def test_a_folder_keeps_its_sub_folders_and_names(negative, tmp_path):
    names = ["a.png", "sub/b.bmp", "sub/deeper/C.PNG", "sub/a.webp"]
    for number, name in enumerate(names):
        save(tmp_path / "in" / name, pixels(seed=number), **({"lossless": True} if name.endswith("webp") else {}))
    (tmp_path / "in" / "notes.txt").write_text("no picture")
    (tmp_path / "in" / ".hidden.png").write_text("no picture either")
    written = apply.apply_to_files(negative, tmp_path / "in", tmp_path / "out")
    assert sorted(str(path.relative_to(tmp_path / "out")) for path in written) == sorted(names)
    assert sorted(path for path in (tmp_path / "out").rglob("*") if path.is_file()) == sorted(written)
    np.testing.assert_array_equal(read(tmp_path / "out" / "sub" / "b.bmp"), 255 - pixels(seed=1))


@pytest.mark.parametrize("as_folder", [False, True])
def test_a_picture_that_exists_is_kept_unless_told_otherwise(negative, tmp_path, as_folder):
    source = save(tmp_path / "in" / "a.png", pixels())
    out = tmp_path / "out" / "a.png"
    save(out, pixels(seed=9))
    arguments = (source.parent, out.parent) if as_folder else (source, out)
    with pytest.raises(ApplyError, match=f"Received: {out}, which exists. Pass --overwrite"):
        apply.apply_to_files(negative, *arguments)
    np.testing.assert_array_equal(read(out), pixels(seed=9))
    apply.apply_to_files(negative, *arguments, overwrite=True)
    np.testing.assert_array_equal(read(out), 255 - pixels())


def test_bad_pictures_of_a_folder_are_named_after_the_others_are_written(negative, tmp_path):
    save(tmp_path / "in" / "good.png", pixels())
    (tmp_path / "in" / "bad.png").write_text("no picture")
    (tmp_path / "in" / "worse.jpg").write_bytes(b"")
    expected = r"Expected 3 pictures.*Received: 2 others: bad\.png, worse\.jpg\. The first: .* The remaining 1 were"
    with pytest.raises(ApplyError, match=expected):
        apply.apply_to_files(negative, tmp_path / "in", tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["good.png"]


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "PA"])
def test_transparency_is_kept_aside_and_put_back(negative, tmp_path, mode):
    alpha = pixels(channels=1, seed=5)
    grey = pixels(channels=1)
    picture = Image.fromarray(np.dstack([grey, grey, grey, alpha])).convert("LA" if mode == "LA" else "RGBA")
    if mode == "P":
        picture = Image.fromarray(grey[..., 0]).convert("P")
        picture.info["transparency"] = 3
        picture.save(tmp_path / "in.png", transparency=3)
        alpha = np.where(grey == 3, 0, 255).astype(np.uint8)
    else:
        picture.save(tmp_path / "in.png")
    apply.apply_to_files(negative, tmp_path / "in.png", tmp_path / "out.png")
    drawn = read(tmp_path / "out.png")
    assert drawn.shape == (12, 10, 4)
    over_white = Image.composite(*(Image.fromarray(one[..., 0]) for one in (grey, np.full_like(grey, 255), alpha)))
    expected = (255 - np.asarray(over_white, np.int16)[..., None]).repeat(3, axis=2)  # as the pictures of training
    np.testing.assert_allclose(drawn[..., :3], expected, atol=1)
    np.testing.assert_array_equal(drawn[..., 3:], alpha)


def test_transparency_goes_through_a_network_that_takes_it(tmp_path):
    model = picture_networks.negative(tmp_path / "generator.onnx", channels=4)
    save(tmp_path / "in.png", pixels(channels=4))
    apply.apply_to_files(model, tmp_path / "in.png", tmp_path / "out.png")
    np.testing.assert_array_equal(read(tmp_path / "out.png"), 255 - pixels(channels=4))
    Image.fromarray(np.dstack([pixels(channels=1)] * 2)).save(tmp_path / "grey.png")
    apply.apply_to_files(model, tmp_path / "grey.png", tmp_path / "b.png")
    np.testing.assert_array_equal(read(tmp_path / "b.png"), 255 - pixels(channels=1).repeat(4, axis=2))


def test_transparency_grows_with_the_picture(tmp_path):
    model = picture_networks.doubled(tmp_path / "generator.onnx")
    clear = pixels(channels=4)
    clear[..., 3] = 70
    drawn = apply.apply_to_picture(Applier(model), Image.fromarray(clear))
    assert (drawn.mode, drawn.size) == ("RGBA", (20, 24))
    assert np.unique(np.asarray(drawn)[..., 3]).tolist() == [70]


def test_a_jpeg_cannot_keep_transparency(negative, tmp_path):
    save(tmp_path / "in.png", pixels(channels=4))
    with pytest.raises(ApplyError, match=r"Expected a picture that keeps transparency, \.png or \.webp"):
        apply.apply_to_files(negative, tmp_path / "in.png", tmp_path / "out.jpg")
    assert not (tmp_path / "out.jpg").exists()


def test_grey_becomes_colour_where_the_network_draws_in_colour(tmp_path):
    model = picture_networks.grey_to_colour(tmp_path / "generator.onnx")
    save(tmp_path / "in.png", pixels(channels=1))
    apply.apply_to_files(model, tmp_path / "in.png", tmp_path / "out.png")
    drawn = read(tmp_path / "out.png")
    np.testing.assert_array_equal(drawn[..., :2], np.dstack([pixels(channels=1), 255 - pixels(channels=1)]))


def test_a_grey_network_draws_grey(tmp_path):
    model = picture_networks.negative(tmp_path / "generator.onnx", channels=1)
    save(tmp_path / "in.png", pixels(channels=1))
    apply.apply_to_files(model, tmp_path / "in.png", tmp_path / "out.png")
    np.testing.assert_array_equal(read(tmp_path / "out.png"), 255 - pixels(channels=1)[..., 0])


def test_a_picture_is_turned_as_its_exif_data_says(negative, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    save(tmp_path / "in.png", pixels(), exif=exif)
    apply.apply_to_files(negative, tmp_path / "in.png", tmp_path / "out.png")
    np.testing.assert_array_equal(read(tmp_path / "out.png"), 255 - np.rot90(pixels(), -1))


def test_sixteen_bits_reach_the_network(tmp_path):
    ranges = {"kgan_input_range": [0.0, 100.0]}  # so that the smallest of sixteen bits is seen
    model = picture_networks.negative(tmp_path / "generator.onnx", channels=1, **ranges)
    mine = Applier(model)
    seen = []
    mine._run = lambda tiles: seen.append(tiles) or np.zeros_like(tiles)
    deep = np.arange(120, dtype=np.uint16).reshape(12, 10) * 500 + 1
    apply.apply_to_picture(mine, Image.fromarray(deep))
    np.testing.assert_allclose(seen[0][0, ..., 0], deep / 655.35, rtol=1e-6)


@pytest.mark.parametrize("mode", ["1", "CMYK", "YCbCr", "HSV"])
def test_other_colours_are_converted(negative, tmp_path, mode):
    picture = Image.fromarray(pixels()).convert(mode)
    drawn = apply.apply_to_picture(Applier(negative), picture)
    np.testing.assert_array_equal(np.asarray(drawn), 255 - np.asarray(picture.convert("RGB")))


@pytest.mark.parametrize("mode", ["I", "F"])
def test_thirty_two_bits_are_refused(negative, mode):
    with pytest.raises(ApplyError, match=f"Expected a picture of 8 or 16 bits a channel. Received: one of mode {mode}"):
        apply.apply_to_picture(Applier(negative), Image.new(mode, (8, 8)))


def test_colour_is_refused_by_a_grey_network(tmp_path):
    model = picture_networks.grey_to_colour(tmp_path / "generator.onnx")
    save(tmp_path / "in.png", pixels())
    with pytest.raises(ApplyError, match="Expected grey pictures, 1 channel.*Received: 3 channels in colour"):
        apply.apply_to_files(model, tmp_path / "in.png", tmp_path / "out.png")


def test_a_film_is_refused(negative, tmp_path):
    frames = [Image.fromarray(pixels(seed=seed)) for seed in range(3)]
    frames[0].save(tmp_path / "in.gif", save_all=True, append_images=frames[1:])
    with pytest.raises(ApplyError, match=r"Expected a picture\. Received: .*in\.gif: ValueError: several frames"):
        apply.apply_to_files(negative, tmp_path / "in.gif", tmp_path / "out.png")


def test_a_picture_that_unpacks_to_very_much_is_refused(negative, tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    save(tmp_path / "in.png", pixels())
    with pytest.raises(ApplyError, match="DecompressionBombWarning"):
        apply.apply_to_files(negative, tmp_path / "in.png", tmp_path / "out.png")


@pytest.mark.parametrize(
    ("source", "out", "message"),
    [
        ("missing.png", "out.png", "missing.png, which does not exist"),
        ("text.png", "out.png", r"Expected a picture\. Received: text\.png: UnidentifiedImageError"),
        ("in.png", "out.txt", "Expected out to end in .png"),
        ("in.png", "out", "Expected out to end in .png"),
        ("folder", "in.png", "Expected a folder for the pictures of folder. Received: in.png, which is a file"),
        ("folder", "folder/new", "Expected out outside of folder"),
        ("empty", "new", r"Expected pictures \(.*\) in empty\. Received: none"),
        ("small.png", "out.png", "Expected a picture of at least"),
    ],
)
def test_wrong_files_are_named_in_one_line(tmp_path, monkeypatch, capsys, source, out, message):
    monkeypatch.chdir(tmp_path)
    model = picture_networks.negative(tmp_path / "generator.onnx", multiple=8)
    save(tmp_path / "in.png", pixels())
    save(tmp_path / "small.png", pixels(4, 4))
    save(tmp_path / "folder" / "in.png", pixels())
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.png").write_text("no picture")
    before = sorted(tmp_path.rglob("*"))
    assert apply.main(["--model", str(model), source, "--out", out]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    with pytest.raises(ApplyError, match=message):
        apply.apply_to_files(model, source, out)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_suffix_that_the_format_cannot_hold_leaves_nothing(negative, tmp_path, monkeypatch):
    def refuse(self, path, **options):
        path.write_bytes(b"half")
        raise ValueError("encoder error")

    save(tmp_path / "in.png", pixels())
    monkeypatch.setattr(Image.Image, "save", refuse)
    with pytest.raises(ApplyError, match="to be written. Received: encoder error, at 10 x 12 pixels"):
        apply.apply_to_files(negative, tmp_path / "in.png", tmp_path / "out.png")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["generator.onnx", "in.png"]
