"""What MkDocs calls while it builds the site (`hooks` in `mkdocs.yml`): the pages of the reference are made here."""

import sys
import tempfile
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).parent))  # reference.py lies beside this file, which MkDocs loads by its path

from reference import ROOT, page, public_packages

__all__ = ["on_config", "on_files"]

_TREE = tempfile.TemporaryDirectory(prefix="kgan-docs-")  # deleted when the process ends


@event_priority(100)  # before mkdocstrings reads its paths
def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Fills the navigation's last entry, and shows `export/` as what it is imported as, `kgan.export`."""
    config.nav[-1] = {"Reference": [f"reference/{package}.md" for package in public_packages()]}
    tree = Path(_TREE.name)
    (tree / "kgan").mkdir()
    for path in (ROOT / "kgan").iterdir():
        (tree / "kgan" / path.name).symlink_to(path)
    (tree / "kgan" / "export").symlink_to(ROOT / "export")
    config.plugins["mkdocstrings"].config.handlers["python"]["paths"] = [str(tree)]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages of the reference."""
    for package, file in public_packages().items():
        files.append(File.generated(config, f"reference/{package}.md", content=page(package, file)))
    return files
