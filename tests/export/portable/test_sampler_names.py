"""Classes and tags by their names, in the program that runs a bundle."""

import json

import numpy as np
import onnx
import pytest
from PIL import Image

import kgan
from blocked import run_blocked
from games import small_dcgan
from kgan.export.portable import label_text, sampler

NAMES = ["Flags", "Food, Drink", 'so-called "art"', "C++", "3D", "日本", "Übung", "a b", "x", "y"]
TAGS = ["hat", "beard", "big smile", "A+", "0"]


@pytest.fixture(scope="module")
def named(tmp_path_factory):
    gan = small_dcgan(num_classes=10)
    gan.class_names = NAMES
    return gan, kgan.export.save(gan, tmp_path_factory.mktemp("named") / "bundle")


@pytest.fixture(scope="module")
def tagged(tmp_path_factory):
    gan = kgan.GAN(
        kgan.architectures.dcgan_generator((8, 8, 1), 4, 4, num_tags=5, seed=0),
        kgan.architectures.dcgan_discriminator((8, 8, 1), 4, num_tags=5, seed=1),
        class_names=TAGS,
        seed=0,
    )
    return gan, kgan.export.save(gan, tmp_path_factory.mktemp("tagged") / "bundle")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Flags", [0]),
        ("Flags,x", [0, 8]),
        (" Flags , a b ", [0, 7]),
        ("Food, Drink", [1]),
        ('"Food, Drink",Flags', [1, 0]),
        ('"so-called ""art""","x"', [2, 8]),
        ("C++,3D", [3, 4]),
        ("日本,U\u0308bung", [5, 6]),
        ("3,Flags,#4", [3, 0, 4]),
    ],
)
def test_names_are_read_as_they_are_typed(text, numbers):
    assert label_text.parse_labels(text, NAMES, joined=False) == numbers


@pytest.mark.parametrize(
    ("text", "names", "message"),
    [
        ("flags", NAMES, r"by these names: 'Flags', 'Food, Drink', .*; or as numbers. Received: 'flags'. Did you mean"),
        ("Food, Drink,Flags", NAMES, "Received: 'Food'. Did you mean 'Food, Drink'"),
        ('"Food, Drink', NAMES, "Expected quotation marks around whole names"),
        ('"3",x', NAMES, "Received: '3'"),
        ("1", ["0", "2", "10"], r"names: '0', '2', '10'; or as #0, #1, .... Received: '1'"),
        ("Flags", None, "0,1,2, because the export has no names of classes. Received: 'Flags'"),
        ("", None, "Expected labels as integers"),
    ],
)
def test_what_is_neither_a_name_nor_a_number_is_told_with_what_there_is(text, names, message):
    with pytest.raises(sampler.SamplerError, match=message):
        label_text.parse_labels(text, names, joined=False)


def test_where_classes_are_called_by_numbers_numbers_are_names():
    assert label_text.parse_labels("10,2,#0,#1", ["0", "2", "10"]) == [2, 1, 0, 1]


def test_tags_are_joined_by_a_plus_that_is_in_no_name():
    assert label_text.parse_labels("hat+big smile,beard", TAGS) == [(0, 2), 1]
    assert label_text.parse_labels('"A+"+hat,0', TAGS) == [(3, 0), 4]
    assert label_text.parse_labels("A+", TAGS) == [3]


def test_the_sampler_in_a_bundle_takes_names_where_kgan_is_blocked(named, tmp_path):
    gan, bundle = named
    for labels, out in (("a b,#5", "a.npy"), ('"Food, Drink"', "b.npy")):
        command = [bundle / "sampler.py", "--count", 4, "--seed", 0, "--labels", labels, "--out", tmp_path / out]
        done = run_blocked(*command, cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
    expected = gan.generate(4, 0, ["a b", "日本", "a b", "日本"])
    np.testing.assert_allclose(np.load(tmp_path / "a.npy"), expected, atol=1e-4)
    np.testing.assert_allclose(np.load(tmp_path / "b.npy"), gan.generate(4, 0, 1), atol=1e-4)


def test_a_bundle_says_what_its_classes_are_called(named):
    _, bundle = named
    assert json.loads((bundle / "card.json").read_text())["class_names"] == NAMES
    metadata = {one.key: one.value for one in onnx.load(bundle / "generator.onnx").metadata_props}
    assert json.loads(metadata["kgan_class_names"]) == NAMES
    drawn = sampler.Sampler(bundle)
    assert drawn.class_names == NAMES
    for labels in ("x", ["x", "Flags", 3]):
        np.testing.assert_allclose(drawn.sample(3, 0, labels), named[0].generate(3, 0, labels), atol=1e-4)


def test_tags_are_drawn_by_name_as_keras_draws_them(tagged, tmp_path):
    gan, bundle = tagged
    mine = sampler.Sampler(bundle)
    for labels in ("hat", ["hat", "A+"], [["hat"], ["beard", "0"]]):
        np.testing.assert_allclose(mine.sample(2, 0, labels), gan.generate(2, 0, labels), atol=1e-4)
    drawn = sampler.sample_to_file(bundle, 2, 0, tmp_path / "a.npy", "hat+beard,0")
    np.testing.assert_allclose(drawn, gan.generate(2, 0, [["hat", "beard"], ["0"]]), atol=1e-4)


def rewritten(bundle, path, entries):
    """The export with other metadata."""
    model = onnx.load(bundle / "generator.onnx")
    kept = {one.key: one.value for one in model.metadata_props} | entries
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, {key: value for key, value in kept.items() if value is not None})
    onnx.save(model, path)
    return path


def test_an_export_of_before_names_is_drawn_from_by_numbers(named, tmp_path):
    old = rewritten(named[1], tmp_path / "old.onnx", {"kgan_class_names": None})
    drawn = sampler.sample_to_file(old, 2, 0, tmp_path / "a.npy", "8,3")
    np.testing.assert_allclose(drawn, named[0].generate(2, 0, [8, 3]), atol=1e-4)
    with pytest.raises(sampler.SamplerError, match="the export has no names of classes"):
        sampler.sample_to_file(old, 2, 0, tmp_path / "a.npy", "x")


@pytest.mark.parametrize("names", [["a"], ["a"] * 10, [*"abcdefghi", 9], "abcdefghij", {"a": 1}])
def test_forged_names_are_refused(named, tmp_path, names):
    forged = rewritten(named[1], tmp_path / "forged.onnx", {"kgan_class_names": json.dumps(names)})
    with pytest.raises(sampler.SamplerError, match="without kgan's metadata .class_names="):
        sampler.Sampler(forged)


def test_a_hundred_thousand_long_names_are_no_forgery(named, tmp_path):
    names = [f"{number:05d}" * 3_000 for number in range(10)]
    assert len(json.dumps(names)) > 100_000
    path = rewritten(named[1], tmp_path / "long.onnx", {"kgan_class_names": json.dumps(names)})
    assert sampler.Sampler(path).class_names == names
    sampler.sample_to_file(path, 10, 0, tmp_path / "grid.png")  # names cut to fit
    with pytest.raises(sampler.SamplerError) as caught:
        sampler.sample_to_file(path, 10, 0, tmp_path / "grid.png", "nothing")
    assert len(str(caught.value)) < 3_000


def test_each_sample_is_a_file_named_after_its_seed_and_class(named, tmp_path):
    gan, bundle = named
    folder = tmp_path / "new" / "each"
    paths = sampler.sample_each(bundle, 12, 7, folder)
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in paths)
    assert [path.name for path in paths[:7]] == [
        "seed7-00-Flags.png",
        "seed7-01-Food, Drink.png",
        "seed7-02-so-called _art_.png",
        "seed7-03-C++.png",
        "seed7-04-3D.png",
        "seed7-05-日本.png",
        "seed7-06-Übung.png",
    ]
    expected = gan.generate(12, 7)
    for path, image in zip(paths, expected, strict=True):
        with Image.open(path) as picture:
            np.testing.assert_allclose(np.asarray(picture) / 127.5 - 1, image[..., 0], atol=0.011)


def test_files_that_exist_are_not_written_over_unless_asked(named, tmp_path):
    _, bundle = named
    (kept,) = sampler.sample_each(bundle, 1, 7, tmp_path, "x")
    assert kept.name == "seed7-0-x.png"
    kept.write_bytes(b"mine")
    with pytest.raises(
        sampler.SamplerError, match=r"seed7-0-x.png, which exist. Nothing was written: pass --overwrite"
    ):
        sampler.sample_each(bundle, 2, 7, tmp_path, "x")
    assert kept.read_bytes() == b"mine"
    assert list(tmp_path.iterdir()) == [kept]
    sampler.sample_each(bundle, 2, 7, tmp_path, "x", overwrite=True)
    assert kept.read_bytes() != b"mine"
    with pytest.raises(sampler.SamplerError, match="which is a file"):
        sampler.sample_each(bundle, 2, 7, kept, "x")


def test_without_a_seed_files_name_the_one_that_was_drawn_from(named, tmp_path):
    gan, bundle = named
    (path,) = sampler.sample_each(bundle, 1, None, tmp_path, "x")
    seed = int(path.name.split("-")[0].removeprefix("seed"))
    with Image.open(path) as picture:
        np.testing.assert_allclose(np.asarray(picture) / 127.5 - 1, gan.generate(1, seed, "x")[0, ..., 0], atol=0.011)


def test_file_names_say_what_tags_a_sample_has(tagged, tmp_path):
    paths = sampler.sample_each(tagged[1], 3, 0, tmp_path, 'hat+beard,"A+"')
    assert [path.name for path in paths] == ["seed0-0-hat+beard.png", "seed0-1-A+.png", "seed0-2-hat+beard.png"]


@pytest.mark.parametrize(("options", "said"), [([], "neither"), (["--out", "a.png", "--each", "b"], "both")])
def test_the_program_of_a_bundle_wants_a_grid_or_a_folder(named, tmp_path, capsys, monkeypatch, options, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        sampler.main(["--model", str(named[1]), *options])
    assert f"Expected one of --out and --each. Received: {said}." in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_the_program_of_a_bundle_writes_a_file_each(tagged, tmp_path, capsys):
    assert sampler.main(["--model", str(tagged[1]), "--count", "2", "--seed", "3", "--each", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"2 samples of seed 3 in {tmp_path}\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["seed3-0-hat.png", "seed3-1-beard.png"]


@pytest.mark.parametrize(
    ("labels", "count", "size"),
    [
        ("x,Flags,3", 6, (3 * 64, 14 + 2 * 64)),  # a column each, under its name
        ("x,Flags,3", 100, (9 * 64, 14 + 12 * 64)),  # or several, over and over
        (None, 20, (10 * 64, 14 + 2 * 64)),
        ("x", 6, (3 * 64, 2 * 64)),  # one class needs no columns
        ("x,Flags,3", 2, (2 * 64, 64)),
    ],
)
def test_a_grid_of_several_classes_has_a_column_for_each_under_its_name(named, tmp_path, labels, count, size):
    sampler.sample_to_file(named[1], count, 0, tmp_path / "grid.png", labels)
    with Image.open(tmp_path / "grid.png") as grid:
        assert grid.size == size
