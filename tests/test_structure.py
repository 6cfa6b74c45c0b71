"""The shape of the package: what may import what, and what a stranger finds at the top."""

import ast
import subprocess
import sys
from pathlib import Path

import kgan

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
