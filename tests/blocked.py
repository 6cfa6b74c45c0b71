"""Scripts run where kgan and TensorFlow cannot be imported, as in the environment of whoever is sent a bundle."""

import subprocess
import sys

# Runs a script in a process where kgan and TensorFlow cannot be imported.
BLOCKED = """
import importlib.abc, os, runpy, sys
class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("kgan", "tensorflow", "keras", "tf2onnx", "onnx", "torch", "jax"):
            raise ImportError(f"{name} is blocked")
sys.meta_path.insert(0, Blocker())
sys.argv = sys.argv[1:]
sys.path[0] = os.path.dirname(sys.argv[0])  # as `python SCRIPT` has it
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def run_blocked(*arguments, cwd) -> subprocess.CompletedProcess:
    """Runs `python SCRIPT ARGUMENTS` there."""
    return subprocess.run(
        [sys.executable, "-c", BLOCKED, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False
    )
