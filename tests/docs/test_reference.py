"""The reference of the documentation: it is written from `__all__` while the site is built, and leaves nothing out."""

import importlib
import importlib.util
import re
from pathlib import Path

import pytest

import kgan

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def reference():
    spec = importlib.util.spec_from_file_location("docs_reference", ROOT / "docs" / "reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_public_name_has_an_entry_in_the_reference(reference):
    for package, file in reference.public_packages().items():
        entries = reference.page(package, file)
        for name in importlib.import_module(package).__all__:
            submodule = f"{package}.{name}" in reference.public_packages()
            expected = f"[`{package}.{name}`]" if submodule else f"{package}.{name}"
            assert name == "__version__" or expected in entries, f"{package}.{name}"


def test_every_package_that_kgan_names_is_in_the_reference(reference):
    named = {f"kgan.{name}" for name in kgan.__all__ if type(getattr(kgan, name)).__name__ == "module"}
    assert named <= set(reference.public_packages())


def test_classes_and_functions_are_documented_and_values_are_listed(reference):
    packages = reference.public_packages()
    assert "::: kgan.GAN\n" in reference.page("kgan", packages["kgan"])
    penalties = reference.page("kgan.penalties", packages["kgan.penalties"])
    assert "::: kgan.penalties.R1\n" in penalties
    assert "- `kgan.penalties.PENALTIES`" in penalties
    assert "::: kgan.export.save\n" in reference.page("kgan.export", packages["kgan.export"])


def test_a_public_module_without_all_is_named(reference, tmp_path):
    (tmp_path / "module.py").write_text('"""A module."""\n')
    with pytest.raises(ValueError, match=r"Expected __all__ .*module\.py"):
        reference.names_of(tmp_path / "module.py")


def test_every_link_of_the_readme_leads_somewhere():
    text = (ROOT / "README.md").read_text()
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if not link.startswith("http")]
    assert len(links) > 20
    for link in links:
        path, _, anchor = link.partition("#")
        assert (ROOT / path).exists(), link
        if anchor:
            titles = re.findall(r"^#+ (.*)$", (ROOT / path).read_text(), re.MULTILINE)
            assert anchor in {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles}, link


def test_every_file_that_the_documentation_names_is_there():
    named = r"\b(?:tests|examples|benchmarks|docs|kgan|export)/[\w/]+\.(?:py|md|png)\b"
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))):
        for path in re.findall(named, page.read_text()):
            assert (ROOT / path).exists(), f"{page.name} names {path}"
