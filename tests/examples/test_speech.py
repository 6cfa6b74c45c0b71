"""The example of a vocoder."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

SPEECH = Path(__file__).parents[2] / "examples" / "speech.py"


@pytest.mark.slow  # an epoch of a vocoder
def test_speech_prints_how_near_waves_come_and_speaks_by_its_bundle(tmp_path, capsys):
    specification = importlib.util.spec_from_file_location("speech_example", SPEECH)
    speech = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(speech)
    small = {"generator.width": 16, "jit_compile": False}
    small |= {f"discriminators.{name}": "none" for name in ("period_5", "period_7", "period_11", "scale_4")}
    found = speech.main(epochs=1, out=str(tmp_path / "bundle"), **small)
    figures = {f"{made}_{name}" for made in ("vocoder", "griffin_lim") for name in ("mel_error", "spectral_distance")}
    assert set(found) == figures
    assert all(np.isfinite(value) for value in found.values())
    assert "griffin_lim mel_error" in capsys.readouterr().out
    assert (tmp_path / "bundle" / "vocode.py").is_file()
    assert (tmp_path / "bundle.wav").stat().st_size == 44 + 2 * 4096
