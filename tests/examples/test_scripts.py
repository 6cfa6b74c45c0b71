"""The scripts that Keras users copy, as pages of `examples/`: shorter, saved and loaded whole, exported."""

import ast
import importlib.util
import io
import re
import tokenize
from pathlib import Path

import keras
import numpy as np
import onnxruntime
import pytest

import kgan

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "guides" / "scripts.md").read_text("utf-8")
ROW = re.compile(r"^\| \[(\S+)\]\(\S+\)[^|]* \| (\d+) \| `(\w+\.py)` \| (\d+) \|", re.M)
ROWS = ROW.findall(PAGE)
FEW = np.random.RandomState(0).randint(0, 256, (96, 28, 28, 1)).astype(np.uint8)


def module(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def lines_of_code(path):
    """Lines without blanks, comments and texts that stand alone, as docstrings do."""
    text = path.read_text("utf-8")
    alone = {
        line
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for line in range(node.lineno, node.end_lineno + 1)
    }
    none = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return len({line for one in tokens if one.type not in none for line in range(one.start[0], one.end[0] + 1)} - alone)


def test_the_table_has_twelve_scripts():
    assert len(ROWS) == 12


@pytest.mark.parametrize(("script", "there", "page", "here"), ROWS)
def test_the_page_has_as_many_lines_as_the_table_says_and_fewer_than_the_script(script, there, page, here):
    assert lines_of_code(ROOT / "examples" / page) == int(here)
    assert int(here) < int(there) / 2


def small_maps():
    maps = np.random.RandomState(0).randint(0, 8, (12, 64, 64, 1)).astype(np.uint8)
    return maps, maps.repeat(3, axis=-1) * np.uint8(30)


DATA = {
    "dcgan": {"data": FEW[:80]},
    "wgan_gp": {"data": FEW.repeat(4, axis=0)},
    "dragan": {"data": FEW[:80]},
    "infogan": {"data": FEW[:80]},
    "bigan": {"data": (FEW[:80], np.zeros(80, int))},
    "ada": {"data": FEW, "count": 64},
    "stylegan": {"data": FEW[:40]},
    "pix2pix": {"data": (FEW[:20], FEW[20:40])},
    "cyclegan": {"a": FEW[:6], "b": FEW[6:12]},
    "srgan": {"data": FEW[:20]},
    "gaugan": {"data": small_maps()},
}
SIDES = {"srgan": 14, "gaugan": 64}  # of what the generator takes


@pytest.mark.slow
@pytest.mark.parametrize("name", DATA)
def test_the_page_trains_is_loaded_whole_and_exported(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(kgan.export, "save", lambda model, out, **parts: model.export(f"{out}.onnx", format="onnx"))
    keras.utils.set_random_seed(0)
    model = module(name).main(width=4, epochs=1, out=name, **DATA[name])
    again = keras.models.load_model(f"{name}.keras")
    assert type(again) is type(model)
    assert int(again.steps) == int(model.steps) > 0
    session = onnxruntime.InferenceSession(f"{name}.onnx", providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0]
    shape = [one if isinstance(one, int) else SIDES.get(name, 28) for one in given.shape[1:]]
    inputs = np.random.RandomState(1).uniform(-1, 1, (2, *shape)).astype(np.float32)
    (drawn,) = session.run(None, {given.name: inputs})
    drawing = again.inference_generator
    expected = drawing.to_b(inputs) if name == "cyclegan" else drawing(inputs)
    np.testing.assert_allclose(drawn, expected, atol=1e-4)


def test_the_outlines_of_digits_lie_within_them():
    outlines, digits = module("pix2pix").outlines()
    assert outlines.shape == digits.shape == (4500, 28, 28, 1)
    assert (digits[outlines > 0] > 127).all()
    assert 0.02 < (outlines > 0).mean() < (digits > 127).mean()


def test_the_parts_that_are_held_out_share_no_pixel_with_those_learned_from():
    (maps, pictures), (held_out, _) = module("gaugan").painted_by_numbers(3)
    assert (maps.shape, pictures.shape, held_out.shape) == ((552, 64, 64, 1), (552, 64, 64, 3), (32, 64, 64, 1))
    assert set(np.unique(maps)) == {0, 1, 2}
    assert maps.dtype == pictures.dtype == np.uint8
