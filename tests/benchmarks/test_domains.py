"""The benchmark of domain adaptation, on a few samples."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

PROGRAM = Path(__file__).parents[2] / "benchmarks" / "domains.py"
pytest.importorskip("skimage", reason="photographs of scikit-image")
pytest.importorskip("sklearn", reason="digits of scikit-learn")


@pytest.fixture(scope="module")
def program():
    if str(PROGRAM.parent) not in sys.path:
        sys.path.append(str(PROGRAM.parent))  # as for a script in that folder
    spec = importlib.util.spec_from_file_location("domains_benchmark", PROGRAM)
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


@pytest.mark.parametrize("task", ["inverted", "coloured", "written"])
def test_no_digit_is_on_both_sides_and_looks_are_what_they_say(program, task):
    found = program.domains(task)
    assert len(found.held_out[0]) == 500
    for images, classes in found:
        assert len(images) == len(classes)
    if task == "inverted":
        known = {one.tobytes() for one in found.source[0]}
        assert not known & {one.tobytes() for one in 255 - found.target[0]}
        assert found.source[0].mean() < 64 < 191 < found.held_out[0].mean()
    if task == "coloured":
        assert found.target[0].shape[1:] == (28, 28, 3)
        assert np.ptp(found.target[0], axis=-1).mean() > 5  # not grey
    if task == "written":
        assert len(found.target[0]) == 1797 - 500


def test_a_photograph_under_a_digit_is_there_where_the_digit_is_black(program):
    blank = np.zeros((2, 28, 28, 1), np.uint8)
    plain, white = program.coloured(blank, "train"), program.coloured(255 - blank, "train")
    np.testing.assert_array_equal(white, 255 - plain)


@pytest.mark.slow  # two processes that train for a few steps
def test_rows_are_kept_and_come_into_the_table(program, tmp_path, capsys):
    asked = ["--cache", str(tmp_path), "--tasks", "inverted", "--methods", "dann", "labels", "--count", "64"]
    asked += ["--images", "64", "--set", "jit_compile=False"]
    program.main(asked)
    program.main(asked)  # from the cache
    lines = capsys.readouterr().out.splitlines()
    assert len([line for line in lines if line.startswith("| inverted | dann |")]) == 2
    assert (tmp_path / "inverted-labels-0.png").is_file()
