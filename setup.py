"""The list of modules and packages, which must be computed; everything else stands in pyproject.toml."""

from setuptools import find_packages, setup

setup(
    py_modules=["kgan_cli"],
    packages=[*find_packages(include=["kgan", "kgan.*"]), "kgan.export"],
    package_dir={"kgan.export": "export"},
)
