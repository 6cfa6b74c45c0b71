"""The benchmark of face swapping: what its figures count, and a tiny run of it."""

import json
from pathlib import Path

import keras
import numpy as np
import pytest

import kgan

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def faces(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import faces

    return faces


class Says:
    """A classifier that says the same of every face."""

    def __init__(self, *classes):
        self.logits = np.eye(5)[list(classes)]

    def predict(self, made, verbose):
        return self.logits


def test_figures_are_shares_of_swaps_and_grey_levels_outside_of_the_head(faces):
    drawn = kgan.data.drawn_faces("ada", 4, image_size=16)
    made = np.where(drawn.masks[..., None], 0, np.clip(drawn.images.astype(int) + 3, 0, 255)).astype(np.uint8)
    kept = drawn.expressions.tolist()
    other = [(kept[0] + 1) % 5, *kept[1:]]
    found = faces.read({"identity": Says(1, 1, 1, 0), "expression": Says(*other)}, made, drawn, "b")
    assert {name: found[name] for name in ("identity", "expression", "both")} == {
        "identity": 0.75,
        "expression": 0.75,
        "both": 0.5,
    }
    assert found["surroundings"] == pytest.approx(3.0, abs=0.1)


def test_the_table_has_means_of_both_ways_and_the_range_of_the_seeds(faces):
    def row(seed, share):
        figures = {"identity": share, "expression": share, "both": share, "surroundings": 10 * share}
        return {"row": "swap", "seed": seed, "figures": {"a2b": figures, "b2a": figures}, "steps": 5, "seconds": 7.0}

    text = faces.table([row(0, 0.25), row(1, 0.75)])
    assert "| swap | 2 | 50.0% (25.0% to 75.0%) |" in text
    assert "5.0 (2.5 to 7.5) | 5 | 7 |" in text


@pytest.mark.slow  # it trains two classifiers and two models
def test_a_tiny_run_leaves_rows_that_are_not_made_twice(faces, tmp_path, capsys):
    asked = ["--cache", str(tmp_path), "--rows", "swap", "masks-off", "--smoke"]
    faces.main(asked)
    table = capsys.readouterr().out
    assert sorted(path.stem for path in tmp_path.glob("*.json")) == ["face-0", "masks-off-0", "real-0", "swap-0"]
    face = json.loads((tmp_path / "face-0.json").read_text())["figures"]
    assert face["a2b"]["surroundings"] == face["b2a"]["surroundings"] == 0.0
    keras.backend.clear_session()
    faces.main(asked)
    assert capsys.readouterr().out == table
