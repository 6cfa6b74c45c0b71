"""Pictures with captions, from files and from arrays."""

import csv

import caption_games
import numpy as np
import pytest
from PIL import Image

import kgan
from kgan.data import DataError, is_captions, load_captions


def test_batches_are_pictures_and_which_words_their_captions_hold():
    splits = caption_games.splits()
    assert sorted(splits.captions.words) == ["blue", "green", "red", "something", "square", "stripe"]
    assert splits.tag_names == splits.captions.words
    words = np.array(splits.captions.words)
    for images, rows in splits.validation:
        for image, row in zip(images.numpy(), rows.numpy(), strict=True):
            said = set(words[row == 1])
            (colour,), (shape,) = said & set(caption_games.COLOURS), said & set(caption_games.SHAPES)
            np.testing.assert_array_equal(image, caption_games.drawn(colour, shape))
    assert splits.captions.held_out[0].split()[0] in caption_games.COLOURS


def test_each_epoch_takes_one_of_several_captions_and_the_same_again_for_the_same_seed():
    first, again = caption_games.splits(), caption_games.splits()
    something = first.captions.words.index("something")
    epochs = [np.concatenate([rows for _, rows in first.train.as_numpy_iterator()]) for _ in range(2)]
    shares = [rows[:, something].mean() for rows in epochs]
    assert 0.2 < shares[0] < 0.8
    assert not np.array_equal(*epochs)
    for rows in epochs:
        np.testing.assert_array_equal(rows, np.concatenate([one for _, one in again.train.as_numpy_iterator()]))
    assert all(rows[something] == 0 for _, batch in first.validation.as_numpy_iterator() for rows in batch)


def test_an_encoder_of_ones_own_makes_vectors_once():
    calls = []

    def encoder(texts):
        calls.append(len(texts))
        return np.array([[len(text), text.count("e")] for text in texts], np.float32)

    splits = load_captions(caption_games.pairs(), 20, encoder=encoder, validation_split=0.2)
    assert calls == [120]
    assert (splits.captions.words, splits.captions.dim, splits.tag_names) == (None, 2, None)
    _, vectors = next(iter(splits.validation))
    assert vectors.numpy()[0].tolist() == encoder([splits.captions.held_out[0]])[0].tolist()


@pytest.mark.parametrize(
    "made", [np.zeros((120, 1), np.float32), np.zeros((3, 8), np.float32), np.zeros((120, 8), int), np.zeros(120)]
)
def test_what_an_encoder_gives_is_looked_at(made):
    with pytest.raises(DataError, match=r"float vectors \(n, dim\) of n texts, dim >= 2. Received: shape"):
        load_captions(caption_games.pairs(), 20, encoder=lambda texts: made)


def test_an_encoder_of_nan_is_refused():
    with pytest.raises(DataError, match="finite numbers"):
        load_captions(caption_games.pairs(), 20, encoder=lambda texts: np.full((len(texts), 4), np.nan))


# --- files ---


@pytest.fixture
def table(tmp_path):
    return caption_games.folder(tmp_path / "data", times=4)


def rewritten(table, rows):
    with table.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return table


def rows_of(table):
    with table.open() as file:
        return list(csv.reader(file))


def test_a_table_is_read_with_the_pictures_that_it_names(table):
    splits = load_captions(str(table), 10, validation_split=0.25)
    assert str(splits) == "18 training pictures of 8 x 8 pixels, colour, captions of 6 words, 6 held out"
    assert any("48 captions of 6 words" in line for line in splits.found.lines())
    images, rows = next(iter(splits.train))
    assert images.shape == (10, 8, 8, 3)
    assert set(np.unique(rows)) == {0.0, 1.0}


def test_a_table_of_captions_is_told_from_other_tables(table, tmp_path):
    assert is_captions(str(table))
    rows_alone = rewritten(tmp_path / "rows.csv", [("file", "size"), ("a.png", 3)])
    assert not is_captions(str(rows_alone))
    assert not is_captions(str(tmp_path / "gone.csv"))
    assert not is_captions("digits")
    assert kgan.run.Plan.make(str(table), "auto").recipe.name == "captions"
    assert kgan.run.Plan.make(str(rows_alone), "auto").recipe.name == "tabular"


def test_a_folder_is_looked_into_for_its_table(table, tmp_path):
    assert load_captions(table.parent, 10).found.count == 24
    table.rename(table.with_name("metadata.csv"))
    assert load_captions(table.parent, 10).found.count == 24
    table.with_name("metadata.csv").unlink()
    with pytest.raises(
        DataError, match="captions.csv or captions.tsv or metadata.csv with the columns .* a folder without"
    ):
        load_captions(table.parent, 10)


def test_names_may_lack_folder_and_extension(table):
    short = [(name.removeprefix("images/").removesuffix(".png"), said) for name, said in rows_of(table)[1:]]
    splits = load_captions(rewritten(table, [("id", "text"), *short]), 10)
    assert splits.found.count == 24


def test_pictures_without_captions_and_captions_without_pictures_are_left_out_and_said_to_be(table):
    rows = rows_of(table)
    Image.new("RGB", (8, 8)).save(table.parent / "images/other.png")
    rewritten(table, [*rows, ("images/gone.png", "a red square")])
    splits = load_captions(table, 10)
    said = " ".join(splits.found.lines())
    assert splits.found.count == 24
    assert "1 pictures without a caption (images/other.png, ...)" in said
    assert "1 files that captions.csv names are not there." in said
    with pytest.raises(DataError, match="a picture for every caption .strict.. Received: 1 captions without a picture"):
        load_captions(table, 10, strict=True)
    rewritten(table, rows)
    with pytest.raises(DataError, match="Received: pictures without a caption: images/other.png"):
        load_captions(table, 10, strict=True)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("file", "caption"), ("elsewhere.png", "red")], "to name pictures in .* none of them one of 24 pictures"),
        ([("file", "caption"), ("images/000.png", "")], "Expected captions in .* Received: 1 files, all without"),
        ([("file", "caption")], "Expected captions in"),
        ([], "Expected columns 'file' and 'caption'"),
        ([("file", "size"), ("images/000.png", "1")], "Received: the columns file, size. Rename"),
        ([("file", "caption"), ("images/000.png", "red", "square")], "Expected 2 cells .* Received: 3 in row 2"),
    ],
)
def test_tables_that_say_nothing_of_the_pictures_are_refused(table, rows, message):
    with pytest.raises(DataError, match=message):
        load_captions(rewritten(table, rows), 10)


def test_a_table_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DataError, match="captions.csv"):
        load_captions(str(tmp_path / "captions.csv"), 10)


@pytest.mark.parametrize(
    ("images", "captions", "message"),
    [
        (np.zeros((4, 8, 8, 3)), ["a"] * 4, "Expected images as uint8"),
        (np.zeros((4, 8, 8, 3), np.uint8), ["a"] * 3, "for each of 4 images. Received: 3"),
        (np.zeros((4, 8, 8, 3), np.uint8), ["a", "", "a", "a"], r"not empty. Received: \[''\] for image 1"),
        (np.zeros((4, 8, 8, 3), np.uint8), ["a", [], "a", "a"], r"Received: \[\] for image 1"),
    ],
)
def test_arrays_that_do_not_go_together_are_refused(images, captions, message):
    with pytest.raises(DataError, match=message):
        load_captions((images, captions), 2)


def test_other_sources_are_refused():
    with pytest.raises(DataError, match="Expected a table 'file,caption', or a pair of arrays"):
        load_captions(3, 2)


def test_changed_captions_are_known(table):
    before = load_captions(table, 10).fingerprint
    assert load_captions(table, 10).fingerprint == before
    header, *rows = rows_of(table)
    rewritten(table, [header, *[(name, said.replace("square", "stripe")) for name, said in rows]])
    assert load_captions(table, 10).fingerprint.digest != before.digest
