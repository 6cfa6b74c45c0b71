"""Filling up rare classes as a part of an evaluation: who is refused. What comes of it is in tests/kinds."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from kgan import evaluation
from kgan.evaluation.of_tables import rare_classes


def test_runs_of_other_kinds_have_no_rare_classes_to_fill_up():
    run = SimpleNamespace(plan=SimpleNamespace(kind=SimpleNamespace(name="pictures", takes_balance=False)))
    with pytest.raises(ValueError, match="Expected balance=None for a run of the kind pictures: .*balance='cut'"):
        evaluation.evaluate(run, balance="cut")


def test_a_run_without_held_out_rows_is_refused(monkeypatch):
    frame = pd.DataFrame({"cut": ["Fair", "Good"]})
    monkeypatch.setattr(rare_classes, "loaded", lambda checkpoint: None)
    monkeypatch.setattr(rare_classes, "parts_of", lambda run: (frame, frame[np.zeros(2, bool)]))
    run = SimpleNamespace(chosen_before=lambda: SimpleNamespace(checkpoint=None))
    with pytest.raises(ValueError, match="Expected held-out rows for balance, .*data.validation_split=0.1"):
        rare_classes.balanced(run, None, "cut", 0, print)
