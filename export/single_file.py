"""A module and those beside it that it imports from, as the text of one file that can be sent alone."""

import ast
from pathlib import Path
from types import ModuleType

__all__ = ["single_file"]


def single_file(module: ModuleType) -> str:
    """The text of a module, in which the text of each sibling stands where it is imported from.

    Args:
        module: A module that imports from its siblings by `from .sibling import name`, and not under another name.

    Returns:
        Python that does the same on its own. Docstrings and `__all__` of the siblings are left out.
    """
    return _text(Path(str(module.__file__)), set(), with_header=True)


def _text(path: Path, taken: set[Path], with_header: bool) -> str:
    """The text of a file with its siblings in it, but for those that were taken before."""
    source = path.read_text(encoding="utf-8")
    lines, done = source.splitlines(keepends=True), 0
    kept: list[str] = []
    for node in ast.parse(source).body:
        imported = node if isinstance(node, ast.ImportFrom) and node.level == 1 else None
        if imported is None and (with_header or not _is_header(node)):
            continue
        kept += lines[done : node.lineno - 1]
        done = node.end_lineno or done
        if imported is None:
            continue
        sibling = path.with_name(f"{imported.module}.py")
        if sibling not in taken:
            taken.add(sibling)
            text = _text(sibling, taken, with_header=False).strip()
            kept.append(f"# ----- {imported.module} -----\n{text}\n\n# ----- {path.stem} -----\n")
    return "".join((*kept, *lines[done:]))


def _is_header(node: ast.stmt) -> bool:
    """Whether a statement is the docstring, or `__all__`."""
    if isinstance(node, ast.Assign):
        return isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__"
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
