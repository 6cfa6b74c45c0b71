"""The shape of the package: what may import what, and what a stranger finds at the top."""

import ast
import importlib
import itertools
import subprocess
import sys
from pathlib import Path

import pytest

import kgan
from kgan._support.moved import MOVED
from kgan.models import kind

ROOT = Path(__file__).parents[1]


# Imports run upwards in this list only: a room knows those before it.
ROOMS = [
    ("version", "_support"),
    ("_kernels", "spectrograms"),
    ("schedules", "_game", "data", "distribution"),
    ("augmentation", "latents", "losses", "penalties", "layers", "metrics", "pictures"),
    ("architectures", "objectives"),
    ("_step", "checkpoints"),
    ("diagnostics",),
    ("callbacks",),
    ("checkpoints", "models"),
    ("balancing", "latent_tools", "recipes"),
    ("run",),
    ("evaluation",),
    ("report",),
    ("kinds",),
    ("export",),
    ("kgan_cli",),
]
FOLDERS = {"kgan": ROOT / "kgan", "kgan.export": ROOT / "export", "kgan_cli": ROOT / "cli"}
FILES = {
    ".".join([package, *path.relative_to(folder).with_suffix("").parts]).removesuffix(".__init__"): path
    for package, folder in FOLDERS.items()
    for path in folder.rglob("*.py")
    if "embedded" not in path.parts
}
PACKAGES = {path: module if path.stem == "__init__" else module.rpartition(".")[0] for module, path in FILES.items()}
MOST_LINES, MOST_LINES_OF_A_CLASS, MOST_LINES_OF_CODE = 400, 250, 60


def imports(path):
    """The modules that a file imports, also within functions, but not those for a type checker alone."""
    tree = ast.parse(path.read_text())
    for_types = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for_types |= {id(one) for one in ast.walk(node)}
    for node in ast.walk(tree):
        if id(node) in for_types:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = PACKAGES[path].split(".") if node.level else []
            above = above[: len(above) - node.level + 1]
            module = ".".join([*above, *([node.module] if node.module else [])])
            names = [f"{module}.{alias.name}" for alias in node.names]
            yield from (name if name in FILES else module for name in names)


def room(module):
    """The part of kgan that a module is in; `None` for the front door and for what is not kgan's."""
    first, _, rest = module.partition(".")
    return first if first == "kgan_cli" else (rest.partition(".")[0] or None) if first == "kgan" else None


def test_imports_run_one_way_between_all_rooms():
    rank = {name: number for number, names in enumerate(ROOMS) for name in names}
    assert set(rank) == {room(module) for module in FILES} - {None}
    for module, path in FILES.items():
        own = room(module)
        if own is None:
            continue
        for other in {room(name) for name in imports(path)} - {None, own}:
            assert rank[other] < rank[own], f"{module} imports {other}"


def test_no_files_import_each_other_in_a_circle():
    arrows = {module: {name for name in imports(path) if name in FILES} for module, path in FILES.items()}
    done, here = set(), []

    def follow(module):
        assert module not in here, " -> ".join([*here[here.index(module) :], module])
        if module in done or module == "kgan":
            return
        here.append(module)
        for other in sorted(arrows[module] - {module}):
            follow(other)
        done.add(here.pop())

    for module in sorted(FILES):
        follow(module)


def lines_of_code(function):
    """How many lines of a function hold code: neither the docstring, nor comments, nor nothing."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    held = {
        line
        for one in body
        for node in ast.walk(one)
        if hasattr(node, "lineno")
        for line in (node.lineno, node.end_lineno)
    }
    return len(held)


def test_files_classes_and_functions_can_be_read_in_one_sitting():
    for path in itertools.chain(FILES.values(), (ROOT / "examples").glob("*.py")):
        text = path.read_text()
        assert len(text.splitlines()) <= MOST_LINES, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                assert node.end_lineno - node.lineno < MOST_LINES_OF_A_CLASS, (path, node.name)
            if isinstance(node, ast.FunctionDef):
                of_code = lines_of_code(node)
                assert of_code <= MOST_LINES_OF_CODE, (path, node.name, of_code)


def test_rooms_ask_the_kind_of_a_model_and_never_which_it_is():
    """Adding a kind touches none of them: they neither name one, nor its model, nor look at a class."""
    kinds = set(kind.KINDS)
    classes = {"Kind", "AdversarialModel"} | {one.model.__name__ for one in kind.KINDS.values()}
    classes |= {type(one).__name__ for one in kind.KINDS.values()}
    for room in ("kgan/run", "kgan/evaluation", "kgan/report", "cli", "export"):
        for path in (ROOT / room).rglob("*.py"):
            if "/of_" in str(path):
                continue  # what a kind has put there: the rest of the room does not know it, as the next test holds
            tree = ast.parse(path.read_text())
            named = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
            assert not {one for one in named if isinstance(one, str)} & kinds, path
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("isinstance", "issubclass"):
                    asked = {getattr(one, "id", getattr(one, "attr", "")) for one in ast.walk(node.args[1])}
                    assert not asked & classes, path
            assert not [name for name in imports(path) if name.startswith(("kgan.kinds", "kgan.models.gan"))], path
            assert not [name for name in imports(path) if name.startswith("kgan.models.translation")], path


def test_what_a_kind_has_put_into_a_room_is_known_to_the_kind_alone():
    for room, count in (("evaluation", 7), ("report", 8)):
        assert len(list((ROOT / "kgan" / room).glob("of_*"))) == count
        for path in (ROOT / "kgan" / room).glob("*.py"):
            if not path.name.startswith("of_") and path.name != "__init__.py":
                assert not [name for name in imports(path) if name.startswith(f"kgan.{room}.of_")], path


@pytest.mark.parametrize("name", ["sampler.py", "apply.py", "latents.py", "film.py", "classify.py", "swap.py"])
def test_the_program_of_a_bundle_needs_numpy_pillow_and_onnxruntime_alone(tmp_path, name):
    kgan.export.runners.named(name).write(tmp_path)
    foreign = {imported.partition(".")[0] for imported in imports(tmp_path / name)} - sys.stdlib_module_names
    assert foreign - {"av"} == {"numpy", "PIL", "onnxruntime"}  # PyAV is imported for videos alone


def test_every_public_name_exists():
    for name in kgan.__all__:
        assert hasattr(kgan, name), name
    assert kgan.export.save.__module__ == "kgan.export.bundle"


def test_completion_shows_every_public_name():
    assert set(kgan.__all__) <= set(dir(kgan))
    assert "export" in dir(kgan)


def test_an_unknown_attribute_is_an_attribute_error():
    assert not hasattr(kgan, "no_such_thing")


def test_another_keras_backend_is_refused_by_name():
    script = "import sys, types\nsys.modules['keras'] = keras = types.ModuleType('keras')\n"
    script += "keras.backend = types.SimpleNamespace(backend=lambda: 'jax')\nimport kgan"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT)
    assert "Received: the backend 'jax'. Set KERAS_BACKEND=tensorflow" in done.stderr


def test_what_moved_is_importable_where_it_was():
    names = {
        "kgan.gan": ("GAN", "FitData"),
        "kgan.adversarial": ("AdversarialModel",),
        "kgan.training": ("train", "resume", "Care"),
        "kgan.rounds": ("Round", "Judgement"),
        "kgan.data.digits": ("read",),
        "kgan.discrimination": ("DiscriminatorPass", "mixing_layer"),
    }
    for module, wanted in names.items():
        for name in wanted:
            assert getattr(importlib.import_module(module), name), (module, name)
    for module in MOVED:
        assert importlib.import_module(module) is getattr(
            sys.modules[module.rpartition(".")[0]], module.rpartition(".")[2]
        )
    with pytest.raises(AttributeError, match=r"which is 'kgan\.models\.gan' now, has no 'nothing'"):
        _ = importlib.import_module("kgan.gan").nothing
