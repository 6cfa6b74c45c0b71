"""Texts and vectors that a bundle is asked for by."""

import caption_games
import numpy as np
import pytest

import kgan
from kgan.export.portable import sampler
from kgan.export.portable.asked_labels import OverAndOver
from kgan.export.portable.asked_texts import asked_by_text, rows_of
from kgan.export.portable.bundle_file import BundleError
from kgan.export.portable.draw import Draw


class Sampler:
    """What is read of one."""

    def __init__(self, texts, num_tags=3, class_names=("red", "blue", "heart")):
        self.texts, self.num_tags, self.class_names = texts, num_tags, class_names


def test_texts_become_rows_that_are_gone_through_over_and_over():
    asked = asked_by_text(Sampler("words"), ["Red heart", "blue"], None)
    assert isinstance(asked, OverAndOver)
    assert asked.labels.tolist() == [[1, 0, 1], [0, 1, 0]]
    assert asked_by_text(Sampler(None), None, None) is None


@pytest.mark.parametrize("texts", [[], ["red"] * 1001])
def test_no_text_and_too_many_are_refused(texts):
    with pytest.raises(BundleError, match="Expected 1 to 1,000 texts"):
        rows_of(texts, ["red"])


@pytest.mark.parametrize(("texts", "instead"), [(None, "Leave text out"), ("vectors", "Pass vectors=FILE.npy")])
def test_exports_without_a_vocabulary_refuse_text(texts, instead):
    with pytest.raises(BundleError, match=f"trained on captions, .* {instead}"):
        asked_by_text(Sampler(texts), ["red"], None)


def test_vectors_come_from_a_file_that_is_looked_at(tmp_path):
    path = tmp_path / "v.npy"
    np.save(path, np.eye(2, 3, dtype=np.float32))
    assert asked_by_text(Sampler("vectors"), None, path).labels.tolist() == [[1, 0, 0], [0, 1, 0]]
    for wrong in (np.zeros((2, 4), np.float32), np.zeros((2, 3), int), np.zeros(3, np.float32), np.zeros((0, 3))):
        np.save(path, wrong)
        with pytest.raises(BundleError, match=r"vectors of float32 and shape \(count, 3\)"):
            asked_by_text(Sampler("vectors"), None, path)
    np.save(path, np.full((1, 3), np.inf))
    with pytest.raises(BundleError, match="finite"):
        asked_by_text(Sampler("vectors"), None, path)
    path.write_text("no array")
    with pytest.raises(BundleError, match=r"as a .npy file"):
        asked_by_text(Sampler("vectors"), None, path)
    with pytest.raises(BundleError, match="Expected text or vectors"):
        asked_by_text(Sampler("vectors"), ["red"], path)


def test_a_grid_has_a_column_for_each_text(tmp_path):
    opened = sampler.Sampler(caption_games.bundle())
    draw = Draw(opened, 6, 0, asked_by_text(opened, ["Red square!", "blue"], None))
    assert draw.columns == 2
    assert draw.names == ["Red square!", "blue"]
    assert [draw.file_name(number) for number in (0, 1)] == ["seed0-0-Red square!.png", "seed0-1-blue.png"]
    assert "2 samples" in sampler.run(caption_games.bundle(), tmp_path / "grid.png", text=["red"], count=2, seed=0)


@pytest.mark.slow  # a model of its own
def test_a_bundle_of_vectors_draws_what_keras_draws(tmp_path):
    def encoder(texts):
        return np.array([[text.count(letter) for letter in "rgbsei"] for text in texts], np.float32)

    model = caption_games.compiled(caption_games.splits(encoder=encoder))
    bundle = kgan.export.save(model, tmp_path / "bundle", formats=("onnx",))
    vectors = encoder(["red square", "blue"])
    np.save(tmp_path / "v.npy", vectors)
    sampler.run(bundle, tmp_path / "drawn.npy", vectors=tmp_path / "v.npy", count=4, seed=2)
    expected = model.generate(4, seed=2, labels=vectors[[0, 1, 0, 1]])
    np.testing.assert_allclose(np.load(tmp_path / "drawn.npy"), expected, atol=1e-4)
    with pytest.raises(BundleError, match="vectors of 6 finite numbers .* Received: none"):
        sampler.run(bundle, tmp_path / "none.png", count=4, seed=2)
    assert "--vectors v.npy" in (bundle / "README.md").read_text()
