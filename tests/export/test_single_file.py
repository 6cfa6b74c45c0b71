import ast
import collections
import subprocess
import sys
import types

import pytest

from kgan.export import runners
from kgan.export.single_file import single_file


@pytest.fixture
def modules(tmp_path):
    """c imports from a and b, and b from a; all have a docstring and `__all__`."""
    texts = {
        "a": ['"""Of a."""', "import math", '__all__ = ["one"]', 'def one():\n    """One."""\n    return math.cos(0)'],
        "b": ['"""Of b."""', "from .a import one", '__all__ = ["two"]', "def two():\n    return 2 * one()"],
        "c": [
            '"""Of c."""',
            "from .a import one\nfrom .b import two",
            "__all__ = []",
            "print(one() + two(), __doc__)  # sum",
        ],
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.py").write_text("\n\n".join(text) + "\n")
    module = types.ModuleType("c")
    module.__file__ = str(tmp_path / "c.py")
    return module


def test_one_file_does_what_several_did(modules, tmp_path):
    (tmp_path / "alone").mkdir()
    (tmp_path / "alone" / "d.py").write_text(single_file(modules))
    arguments = [sys.executable, tmp_path / "alone" / "d.py"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("3.0 Of c.\n", "")


def test_each_file_is_taken_once_and_comments_stay(modules):
    text = single_file(modules)
    assert text.count("def one") == 1
    assert text.count('"""Of') == 1
    assert text.count("__all__") == 1
    assert '"""One."""' in text
    assert "# sum" in text


@pytest.mark.parametrize("name", sorted(runners.RUNNERS))
def test_no_two_files_of_a_program_define_the_same_name(tmp_path, name):
    runners.named(name).write(tmp_path)
    body = ast.parse((tmp_path / name).read_text(), feature_version=(3, 10)).body  # enough for a bundle
    names = [node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assigned = [target for node in body if isinstance(node, ast.Assign) for target in node.targets]
    names += [name.id for target in assigned for name in ast.walk(target) if isinstance(name, ast.Name)]
    assert [name for name, count in collections.Counter(names).items() if count > 1] == []


@pytest.mark.parametrize("name", sorted(runners.RUNNERS))
def test_a_program_uses_nothing_that_python_3_10_lacks(tmp_path, name):
    """What 3.11 and later added to the standard library; .ci/run runs every program on 3.10 where that is installed."""
    runners.named(name).write(tmp_path)
    tree = ast.parse((tmp_path / name).read_text())
    used = {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    later = {"hashlib.file_digest", "datetime.UTC", "contextlib.chdir", "math.cbrt", "math.exp2", "math.sumprod"}
    assert used & (later | {"itertools.batched", "typing.Self", "operator.call", "enum.StrEnum"}) == set()
    assert "tomllib" not in {one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names}
