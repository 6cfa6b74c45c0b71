"""Versions of the packages that a run depends on."""

import importlib.metadata
import platform

__all__ = ["versions"]

_PACKAGES = (
    "kgan",
    "tensorflow",
    "keras",
    "numpy",
    "tensorflow-datasets",
    "tf2onnx",
    "onnx",
    "onnxruntime",
    "matplotlib",
    "pillow",
)


def versions() -> dict[str, str]:
    """Of Python and of the packages that a run depends on."""
    return {"python": platform.python_version(), **{name: _version(name) for name in _PACKAGES}}


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "installed under another name"  # tensorflow-cpu, tf-nightly, onnxruntime-gpu
