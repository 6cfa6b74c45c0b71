"""Texts as words, and the vocabulary of captions."""

import pytest

from kgan.data import DataError, Vocabulary, words_of
from kgan.export.portable import asked_texts


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Red heart, on fire!", ["red", "heart", "on", "fire"]),
        ("one-thirty", ["one", "thirty"]),
        ("man\u2019s shoe", ["man\u2019s", "shoe"]),
        ("cafe\u0301", ["caf\u00e9"]),  # an accent of its own is composed
        ("\u65e5\u672c \u65d7", ["\u65e5\u672c", "\u65d7"]),
        (" \n.,!?", []),
    ],
)
def test_a_text_falls_into_words_and_in_a_bundle_into_the_same(text, words):
    assert words_of(text) == words
    assert asked_texts.words_of(text) == words


def test_the_commonest_words_come_first_and_rare_ones_are_left_out():
    captions = ["red heart", "red car red", "a red car", "a blue boat"]
    assert Vocabulary.of(captions).words == ("red", "a", "car")
    assert Vocabulary.of(captions, most=2).words == ("red", "a")
    assert Vocabulary.of(captions, rarest=1).words == ("red", "a", "car", "blue", "boat", "heart")


def test_rows_say_which_words_a_text_holds():
    known = Vocabulary(["heart", "red", "blue"])
    assert known.rows(["RED heart", "heart heart"]).tolist() == [[1, 1, 0], [1, 0, 0]]
    assert known.numbers("a red fish") == [1]  # of captions, whose rare words are passed over


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Expected text of at least one word. Received: ''."),
        (" ?!", "Expected text of at least one word"),
        (None, "Expected text of at least one word. Received: None"),
        ("a hart", "Received: 'a'. Say it in other words."),
        ("hart", "Received: 'hart'. Did you mean 'heart'?"),
    ],
)
def test_an_empty_text_and_an_unknown_word_are_refused_by_name(text, message):
    with pytest.raises(ValueError) as error:
        Vocabulary(["heart", "red"]).rows(["red", text])
    assert message in str(error.value)


@pytest.mark.parametrize("words", [[], ["red", "red"], ["Red"], ["two words"]])
def test_what_is_no_vocabulary_is_refused(words):
    with pytest.raises(ValueError, match="Expected words in small letters, no two alike"):
        Vocabulary(words)


def test_captions_without_a_common_word_are_refused():
    with pytest.raises(DataError, match="stands in at least rarest=2 captions"):
        Vocabulary.of(["red", "blue"])
