"""`kgan verify` and `kgan push` as the shell runs them."""

import subprocess
import sys

import pytest

import kgan
from commands import kgan as command
from games import linear_game

PROGRAM = """
import sys
from kgan_cli.app import main
try:
    main()
finally:
    print([name for name in ("tensorflow", "keras", "kgan") if name in sys.modules])
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return kgan.export.save(linear_game(), tmp_path_factory.mktemp("published") / "bundle")


def test_verify_says_what_it_checked(bundle):
    done = command("verify", bundle)
    assert done.code == 0, done.err
    files, onnx, saved_model, last = done.out.splitlines()
    assert files.endswith("bytes: as card.json lists them")
    assert onnx.startswith("onnx: differs from Keras by ")
    assert saved_model.startswith("saved_model: not run here; to TensorFlow it is a program; --saved-model ")
    assert last == f"Verified: {bundle}"
    trusted = command("verify", bundle, "--saved-model")
    assert trusted.out.splitlines()[2].startswith("saved_model: differs from Keras by ")


def test_verify_imports_neither_kgan_nor_tensorflow(bundle, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, "verify", bundle], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(f"Verified: {bundle}\n[]\n")


def test_verify_names_the_option(bundle):
    done = command("verify", bundle, "--atol", 0)
    assert (done.code, done.err) == (2, "error: Expected --atol above 0. Received: --atol 0.0.\n")


def test_a_bundle_that_is_not_as_it_was_has_status_two(bundle):
    content = (bundle / "generator.onnx").read_bytes()
    try:
        (bundle / "generator.onnx").write_bytes(content[:-1])
        done = command("verify", bundle)
    finally:
        (bundle / "generator.onnx").write_bytes(content)
    assert (done.code, done.out) == (2, "")
    assert "generator.onnx, which has other content" in done.err


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["digits"], "Expected repository as user/name, letters and digits with -, _ and . between. Received: digits."),
        (["a/b", "--licence", "MIT licence"], "Received: --licence 'MIT licence'."),
    ],
)
def test_push_names_what_is_wrong_before_it_sends_anything(bundle, typed, said):
    done = command("push", bundle, *typed)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
