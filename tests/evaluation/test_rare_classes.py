"""Filling up rare classes as a part of an evaluation: of tables who is refused, and of pictures what comes of it.

What comes of it of tables is in tests/kinds.
"""

import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import kgan
from commands import kgan as command
from kgan import evaluation
from kgan.balancing import picture_classifier
from kgan.evaluation.balance import Balance
from kgan.evaluation.of_samples import rare_classes as of_pictures
from kgan.evaluation.of_tables import rare_classes
from kgan.kinds.bidirectional import Bidirectional
from kgan.kinds.generation import Generation
from kgan.kinds.tabular import Tabular
from kgan.kinds.text_to_image import TextToImage
from kgan.report import rare_classes as report_of

pytest_plugins = ["small_runs"]


def test_runs_of_other_kinds_have_no_rare_classes_to_fill_up():
    run = SimpleNamespace(plan=SimpleNamespace(kind=SimpleNamespace(name="pictures", takes_balance=False)))
    with pytest.raises(ValueError, match="Expected balance=None for a run of the kind pictures: .*balance='cut'"):
        evaluation.evaluate(run, balance="cut")


def test_what_cannot_be_filled_up_is_refused_before_anything_is_measured():
    def check_balance(run, column):
        raise ValueError(f"no {column}")

    def evaluate(*arguments):
        pytest.fail("it was measured first")

    kind = SimpleNamespace(name="tables", takes_balance=True, check_balance=check_balance, evaluate=evaluate)
    with pytest.raises(ValueError, match="no cut"):
        evaluation.evaluate(SimpleNamespace(plan=SimpleNamespace(kind=kind)), balance="cut")


def test_kinds_whose_generators_take_no_classes_have_none_to_fill_up():
    taking = {kind.name for kind in (Generation(), Tabular(), Bidirectional(), TextToImage()) if kind.takes_balance}
    assert taking == {"gan", "tables"}


def test_a_column_of_numbers_or_of_one_value_is_refused_before_rows_are_drawn(monkeypatch):
    frame = pd.DataFrame({"cut": ["Fair", "Fair"], "price": [1.0, 2.0]})
    columns = [SimpleNamespace(name=one, is_continuous=one == "price", blocks=[1]) for one in frame]
    model = SimpleNamespace(table=SimpleNamespace(columns=columns))
    monkeypatch.setattr(rare_classes, "loaded", lambda checkpoint: model)
    monkeypatch.setattr(rare_classes, "parts_of", lambda run: (frame, frame))
    run = SimpleNamespace(chosen_before=lambda: SimpleNamespace(checkpoint=None))
    for column, said in (("price", "one of values: cut"), ("cut", "two classes at least, of 'cut'")):
        with pytest.raises(ValueError, match=said):
            rare_classes.check_balance(run, column)


def test_the_report_says_what_else_there_is_to_say():
    one = dict.fromkeys(("f1", "recall", "worst", "accuracy"), 0.5) | {"rows": 3}
    found = Balance(
        "label", {}, {"none": one}, {"none": "as they are"}, "So.", "pictures", "It", ["A <mirror>."], [], "f"
    )
    (page,) = report_of.sections(found)
    assert "A &lt;mirror&gt;." in page


def test_a_run_without_held_out_rows_is_refused(monkeypatch):
    frame = pd.DataFrame({"cut": ["Fair", "Good"]})
    monkeypatch.setattr(rare_classes, "loaded", lambda checkpoint: None)
    monkeypatch.setattr(rare_classes, "parts_of", lambda run: (frame, frame[np.zeros(2, bool)]))
    run = SimpleNamespace(chosen_before=lambda: SimpleNamespace(checkpoint=None))
    for call in (
        lambda: rare_classes.balanced(run, None, "cut", 0, print),
        lambda: rare_classes.check_balance(run, "cut"),
    ):
        with pytest.raises(ValueError, match="Expected held-out rows for balance, .*data.validation_split=0.1"):
            call()


def test_pictures_have_one_name_for_their_classes():
    with pytest.raises(ValueError, match="balance='label' for a run of pictures, .*Received: balance='cut'"):
        of_pictures.check_balance(None, "cut")


@pytest.mark.slow  # whole evaluations
def test_pictures_of_rare_classes_are_drawn_and_what_came_of_it_is_in_the_report(labelled, tmp_path, monkeypatch):
    monkeypatch.setattr(picture_classifier, "_FEWEST", 20)
    monkeypatch.setattr(picture_classifier, "_PASSES", 0)
    training = [label for _, label in labelled.plan.load().train.unbatch().as_numpy_iterator()]
    done = command("evaluate", labelled.folder, "--samples", "20", "--balance", "label")
    assert done.code == 0, done.err
    kept = json.loads(labelled.evaluation.read_text())["balance"]
    with np.load(labelled.evaluation.parent / "balanced-label.npz") as file:
        counts = np.bincount(file["y"])
        assert file["x"].shape == (len(file["y"]), 8, 8, 1)
        assert file["x"].dtype == np.uint8
    assert counts[0] == counts[1] >= np.bincount(training).max()
    assert list(kept["outcomes"])[:2] == ["none", "drawn"]
    assert kept["outcomes"]["drawn"]["rows"] == counts.sum()
    assert kept["verdict"] in done.out
    assert kept["file"] == "balanced-label.npz"
    page = (labelled.folder / "report.html").read_text()
    assert kept["verdict"].partition(":")[0] in page
    assert "A small convolutional network learns label." in page
    splits = kgan.data.load(labelled.evaluation.parent / kept["file"], batch_size=10, validation_split=0.0)
    assert splits.count == counts.sum()  # kgan trains on what it wrote


@pytest.mark.slow  # a run
def test_pictures_without_classes_are_refused(unlabelled):
    with pytest.raises(ValueError, match="Expected balance=None for a generator that takes no classes"):
        of_pictures.check_balance(unlabelled, "label")
