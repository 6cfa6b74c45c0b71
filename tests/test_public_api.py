"""What a reader and an editor see of kgan: `__all__`, annotations, and docstrings that say when an error is raised."""

import ast
import importlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def public_files():
    """Every module that a user may import: none behind an underscore, none that only made embedded data."""
    for folder, package in (("kgan", "kgan"), ("export", "kgan.export"), ("cli", "kgan_cli")):
        for path in sorted((ROOT / folder).rglob("*.py")):
            inside = path.relative_to(ROOT / folder).with_suffix("").parts
            if "embedded" in inside or any(part.startswith("_") and part != "__init__" for part in inside):
                continue
            yield path, ".".join((package, *(part for part in inside if part != "__init__")))


FILES = dict(public_files())


def public_functions(body, within_class=False):
    """Functions and methods that a user may call, constructors and `__call__` among them, with whether `self` leads."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node.body, within_class=True)
        elif isinstance(node, ast.FunctionDef) and re.match(r"__\w+__$|[^_]", node.name):
            static = any(ast.unparse(decorator) == "staticmethod" for decorator in node.decorator_list)
            yield node, within_class and not static


def docstrings(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            yield node.name, ast.get_docstring(node)


@pytest.mark.parametrize(("path", "module"), FILES.items(), ids=FILES.values())
def test_every_public_module_lists_its_names_and_has_them(path, module):
    imported = importlib.import_module(module)
    assert isinstance(imported.__all__, list), f"{path} has no __all__"
    for name in imported.__all__:
        assert hasattr(imported, name), f"{path} has no {name}"


def test_every_public_function_is_annotated():
    lacking = []
    for path in FILES:
        for function, leads in public_functions(ast.parse(path.read_text()).body):
            arguments = function.args
            named = [*arguments.posonlyargs, *arguments.args][1 if leads else 0 :] + arguments.kwonlyargs
            named += [one for one in (arguments.vararg, arguments.kwarg) if one is not None]
            bare = [one.arg for one in named if one.annotation is None]
            if bare or (function.returns is None and function.name != "__init__"):
                lacking.append(f"{path.relative_to(ROOT)}:{function.lineno} {function.name}({', '.join(bare)})")
    assert not lacking, "\n".join(lacking)


def test_every_raises_says_when():
    lacking = []
    for path in FILES:
        for name, docstring in docstrings(ast.parse(path.read_text())):
            _, found, section = docstring.partition("Raises:\n")
            for entry in re.findall(r"^    (\w+: .*(?:\n {8}.*)*)", section.split("\n\n")[0] if found else "", re.M):
                if not re.search(r"\b(if|when)\b", entry):
                    lacking.append(f"{path.relative_to(ROOT)}, {name}: {entry}")
    assert not lacking, "\n".join(lacking)
