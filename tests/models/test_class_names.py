"""Classes by their names, from the constructor to generate."""

import unicodedata
import zipfile

import keras
import numpy as np
import pytest

import kgan
from games import small_dcgan
from kgan.models import label_names

NAMES = ["Flags", "Food, Drink", "3"]


def named(class_names=NAMES, **arguments):
    return kgan.GAN(
        kgan.architectures.dcgan_generator((8, 8, 1), 4, 4, num_classes=3, seed=0),
        kgan.architectures.dcgan_discriminator((8, 8, 1), 4, num_classes=3, seed=1),
        class_names=class_names,
        seed=0,
        **arguments,
    )


def tagged(class_names=("hat", "beard", "smile")):
    return kgan.GAN(
        kgan.architectures.dcgan_generator((8, 8, 1), 4, 4, num_tags=3, seed=0),
        kgan.architectures.dcgan_discriminator((8, 8, 1), 4, num_tags=3, seed=1),
        class_names=class_names,
        seed=0,
    )


@pytest.mark.parametrize(
    ("labels", "numbers"),
    [
        ("Flags", 0),
        ("Food, Drink", 1),
        ("3", 2),
        (["3", "Flags", 1], [2, 0, 1]),
        (np.array(["3", "Flags", "3"]), [2, 0, 2]),
        (np.array(["Flags", "Flags", "3"], object), [0, 0, 2]),
    ],
)
def test_names_stand_for_the_numbers_of_their_classes(labels, numbers):
    gan = named()
    assert gan.num_classes == 3
    np.testing.assert_array_equal(gan.generate(3, seed=0, labels=labels), gan.generate(3, seed=0, labels=numbers))


def test_text_is_a_name_and_a_number_is_a_number():
    gan = named(["2", "1", "0"])
    drawn = [gan.generate(1, seed=0, labels=label) for label in ("2", 0, "0", 2)]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    np.testing.assert_array_equal(drawn[2], drawn[3])
    assert not np.array_equal(drawn[0], drawn[2])


def test_a_letter_and_its_accent_are_one_name_however_they_are_written():
    gan = named([unicodedata.normalize("NFD", "Übung"), "日本", "ß"])
    np.testing.assert_array_equal(gan.generate(2, seed=0, labels="Übung"), gan.generate(2, seed=0, labels=0))
    np.testing.assert_array_equal(gan.generate(2, seed=0, labels="日本"), gan.generate(2, seed=0, labels=1))


def test_an_unknown_name_is_told_with_those_that_there_are_and_the_nearest():
    with pytest.raises(ValueError, match="'Flags', 'Food, Drink', '3'. Received: 'FLAG'. Did you mean 'Flags'?"):
        named().generate(1, labels="FLAG")
    with pytest.raises(ValueError, match=r"'name19' and 980 more. Received: 'x'\.$"):
        label_names.numbered("x", [f"name{number}" for number in range(1000)])


def test_a_name_where_no_class_has_one_says_how_to_give_them_names():
    gan = small_dcgan(num_classes=10)
    with pytest.raises(ValueError, match=r"has no class_names. Received: 'Flags'. Set gan.class_names"):
        gan.generate(1, labels="Flags")
    gan.class_names = [f"class {number}" for number in range(10)]
    np.testing.assert_array_equal(gan.generate(2, 0, "class 7"), gan.generate(2, 0, 7))


@pytest.mark.parametrize(
    ("class_names", "error", "message"),
    [
        (["a", "b"], ValueError, "each of 3 classes or tags. Received: 2 names"),
        (["a", "b", "a"], ValueError, "no two are alike. Received: 'a' several times"),
        (["a", "b", 3], TypeError, "as text. Received: 3 for class 2. Pass '3'"),
        ("abc", TypeError, "as a list of text. Received: class_names='abc'"),
        ({"a", "b", "c"}, TypeError, "in the order of the labels"),
    ],
)
def test_names_that_fit_no_classes_are_refused(class_names, error, message):
    with pytest.raises(error, match=message):
        named(class_names, num_classes=3)


def test_names_are_saved_and_come_back(tmp_path):
    named().save(tmp_path / "gan.keras")
    loaded = keras.models.load_model(tmp_path / "gan.keras")
    assert loaded.class_names == ("Flags", "Food, Drink", "3")
    np.testing.assert_array_equal(loaded.generate(2, 0, "3"), named().generate(2, 0, 2))


def test_a_file_of_before_names_has_none(tmp_path):
    small_dcgan(num_classes=10).save(tmp_path / "new.keras")
    with zipfile.ZipFile(tmp_path / "new.keras") as new, zipfile.ZipFile(tmp_path / "old.keras", "w") as old:
        for name in new.namelist():
            content = new.read(name)
            old.writestr(name, content.replace(b'"class_names": null, ', b"") if name == "config.json" else content)
            assert name != "config.json" or b"class_names" in content
    loaded = keras.models.load_model(tmp_path / "old.keras")
    assert (loaded.num_classes, loaded.class_names) == (10, None)


def test_tags_are_drawn_by_their_names():
    gan = tagged()
    for labels, rows in (
        ("beard", [0, 1, 0]),
        (["hat", "smile"], [1, 0, 1]),
        ([["hat"], ["beard", "smile"]], [[1, 0, 0], [0, 1, 1]]),
    ):
        np.testing.assert_array_equal(gan.generate(2, 0, labels), gan.generate(2, 0, rows))
    with pytest.raises(ValueError, match="Received: 'bread'. Did you mean 'beard'?"):
        gan.generate(2, labels=["bread"])
    with pytest.raises(ValueError, match="2 lists of them. Received: 1 lists"):
        gan.generate(2, labels=[["hat"]])
    with pytest.raises(ValueError, match="by name alone. Received: 1 among names"):
        gan.generate(2, labels=["hat", 1])
