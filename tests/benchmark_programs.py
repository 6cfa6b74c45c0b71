"""Programs of benchmarks/ as modules, by their path: the tests have a package `peers`, too."""

import importlib.util
from pathlib import Path

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"


def load(name):
    """The program of that name, `"conditions"` or `"peers/copula"`, run as a module of its own."""
    found = importlib.util.spec_from_file_location(f"benchmark_{Path(name).stem}", BENCHMARKS / f"{name}.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module
