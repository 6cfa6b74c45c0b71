"""The list of modules and packages, which must be computed; everything else stands in pyproject.toml."""

from setuptools import find_packages, setup

setup(
    packages=[
        *find_packages(include=["kgan", "kgan.*"]),
        "kgan.export",
        *(f"kgan.export.{one}" for one in find_packages("export")),
        "kgan_cli",
    ],
    package_dir={"kgan.export": "export", "kgan_cli": "cli"},
)
