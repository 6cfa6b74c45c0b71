"""The shape of the package: what may import what, and what a stranger finds at the top."""

import ast
import subprocess
import sys
from pathlib import Path

import kgan
from kgan.models import kind

ROOT = Path(__file__).parents[1]


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_nothing_but_the_command_line_imports_the_export():
    for path in (ROOT / "kgan").rglob("*.py"):
        assert not [name for name in imports(path) if name.startswith("kgan.export")], path


def test_data_flows_one_way():
    allowed = {
        "data": {"samples", "limits", "lookup", "numpy_files", "data"},
        "architectures": {"architectures", "layers", "limits"},
        "metrics": {"samples", "limits", "lookup", "configurable", "files", "data", "metrics", "numpy_files"},
        "diagnostics": {"configurable", "data", "diagnostics", "discrimination", "files", "metrics", "networks"},
    }
    for folder, modules in allowed.items():
        for path in (ROOT / "kgan" / folder).rglob("*.py"):
            used = {name.split(".")[1] for name in imports(path) if name.startswith("kgan.")}
            assert used <= modules, path


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
    for room in ("evaluation", "report"):
        assert len(list((ROOT / "kgan" / room).glob("of_*"))) == 2
        for path in (ROOT / "kgan" / room).glob("*.py"):
            if not path.name.startswith("of_") and path.name != "__init__.py":
                assert not [name for name in imports(path) if name.startswith(f"kgan.{room}.of_")], path


def test_the_sampler_needs_numpy_pillow_and_onnxruntime_alone():
    foreign = {name.partition(".")[0] for name in imports(ROOT / "export" / "sampler.py")} - sys.stdlib_module_names
    assert foreign == {"numpy", "PIL", "onnxruntime"}


def test_every_public_name_exists():
    for name in kgan.__all__:
        assert hasattr(kgan, name), name
    assert kgan.export.save.__module__ == "kgan.export.bundle"


def test_an_unknown_attribute_is_an_attribute_error():
    assert not hasattr(kgan, "no_such_thing")


def test_another_keras_backend_is_refused_by_name():
    script = "import sys, types\nsys.modules['keras'] = keras = types.ModuleType('keras')\n"
    script += "keras.backend = types.SimpleNamespace(backend=lambda: 'jax')\nimport kgan"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT)
    assert "Received: the backend 'jax'. Set KERAS_BACKEND=tensorflow" in done.stderr
