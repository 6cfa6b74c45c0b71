"""The mark of generated faces: that it is read, where it stands, and what files say."""

import numpy as np
import pytest

from kgan._support import marks


def drawn(ink):
    return ["".join("#" if one else "." for one in row) for row in ink]


def test_the_mark_reads_generated_where_there_is_room_and_ai_where_not():
    assert drawn(marks.mark_for(16, 16).ink) == [
        ".........",
        "..#..###.",
        ".#.#..#..",
        ".###..#..",
        ".#.#..#..",
        ".#.#.###.",
        ".........",
    ]
    assert marks.mark_for(48, 48).ink.shape == (7, 9 * 4 + 1)  # nine letters of three pixels


def test_it_stands_at_the_lower_left_and_grows_with_the_picture():
    for height, width, factor in ((48, 48, 1), (192, 192, 2), (960, 960, 10), (960, 100, 2)):
        mark = marks.mark_for(height, width)
        assert (mark.top + mark.ink.shape[0], mark.left) == (height, 0)
        assert mark.ink.shape[0] == 7 * factor


def test_pictures_keep_all_other_pixels():
    pictures = np.random.RandomState(0).uniform(-1, 1, (2, 16, 20, 3)).astype(np.float32)
    before = pictures.copy()
    found = marks.marked(pictures, (-1.0, 1.0))
    np.testing.assert_array_equal(pictures, before)
    inside = np.zeros((16, 20), bool)
    inside[marks.mark_for(16, 20).place] = True
    np.testing.assert_array_equal(found[:, ~inside], before[:, ~inside])
    assert set(np.unique(found[:, inside])) == {-1.0, 1.0}


def test_a_picture_without_room_is_refused():
    for size in ((13, 30), (30, 8)):
        with pytest.raises(ValueError, match=f"room for a mark. Received: {size[0]} x {size[1]}"):
            marks.mark_for(*size)


def test_files_say_the_same_in_png_s_words_and_in_those_of_the_iptc():
    assert marks.texts("1.2") == {"Disclaimer": marks.DISCLAIMER, "Software": "kgan 1.2"}
    assert "digitalsourcetype/compositeWithTrainedAlgorithmicMedia" in marks.xmp("1.2")
    assert marks.DISCLAIMER in marks.xmp("1.2")
