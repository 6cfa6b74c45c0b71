import importlib.util
import os

import pytest

from kgan.kinds.suited_features import suited


def test_the_digits_extractor_is_taken_for_the_embedded_digits_alone(monkeypatch):
    for installed, other in ((object(), "efficientnet-lite0"), (None, "pixels")):
        monkeypatch.setattr(importlib.util, "find_spec", lambda name, installed=installed: installed)
        assert suited("auto", "digits") == "digits"
        assert suited("auto", "tfds:mnist") == other
        assert suited("auto", "digits.npz") == other


def test_features_can_be_set_and_are_checked():
    assert suited(None, "digits") is None
    assert suited("pixels", "digits") == "pixels"
    assert suited("inception:weights.pth", "digits") == f"inception:{os.path.abspath('weights.pth')}"
    with pytest.raises(ValueError, match="Did you mean 'inception'"):
        suited("incepton", "digits")
