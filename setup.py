"""What must be computed, and so does not stand in pyproject.toml: the list of packages, and what the page brings."""

import importlib.util
import sys

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist


def fetch_runtime():
    """Fetches onnxruntime-web for `kgan explore`; a build without a network goes on without it, and says so."""
    spec = importlib.util.spec_from_file_location("explorer_runtime", "export/explorer/runtime.py")
    runtime = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(runtime)
    try:
        runtime.fetch()
    except runtime.RuntimeMissingError as error:
        print(f"warning: this build is without kgan explore. {error}", file=sys.stderr)  # noqa: T201  a build speaks


class BuildWithRuntime(build_py):
    """The package, with onnxruntime-web in it."""

    def run(self):
        """Fetches first, so that the files are found."""
        fetch_runtime()
        super().run()


class SdistWithRuntime(sdist):
    """The source archive, with onnxruntime-web in it: a wheel can be built from it without a network."""

    def run(self):
        """Fetches first, so that the files are found."""
        fetch_runtime()
        super().run()


setup(
    packages=[
        *find_packages(include=["kgan", "kgan.*"]),
        "kgan.export",
        *(f"kgan.export.{package}" for package in find_packages("export")),
        "kgan_cli",
    ],
    package_dir={"kgan.export": "export", "kgan_cli": "cli"},
    cmdclass={"build_py": BuildWithRuntime, "sdist": SdistWithRuntime},
)
