"""The pages of the API reference: one for each public package, an entry for each name of its `__all__`.

Nothing of kgan is imported: the names are read from the source, so that building takes neither TensorFlow nor a minute.
"""

import ast
from pathlib import Path

__all__ = ["EARLIER", "ROOT", "names_of", "page", "public_packages"]

ROOT = Path(__file__).parents[1]
EARLIER = {
    "kgan.Judgement": "kgan.StepOutputs",
    "kgan.Round": "kgan.Batch",
    "kgan.run.Care": "kgan.run.CheckpointPolicy",
}
_WITH_INHERITED = ["    options:", "      inherited_members: true"]  # models are made of several classes, a file each
_NOT_PACKAGES = {"version"}  # one string, and it stands in `kgan.__version__`


def public_packages() -> dict[str, Path]:
    """Import names of what a user imports, and the file that holds each `__all__`, in alphabetical order."""
    inside = [path for path in (ROOT / "kgan").iterdir() if not path.name.startswith(("_", "."))]
    packages = {f"kgan.{path.name}": path / "__init__.py" for path in inside if (path / "__init__.py").is_file()}
    modules = {f"kgan.{path.stem}": path for path in inside if path.suffix == ".py" and path.stem not in _NOT_PACKAGES}
    export = {"kgan.export": ROOT / "export" / "__init__.py"}
    for room in ("explorer", "serve"):
        export[f"kgan.export.{room}"] = ROOT / "export" / room / "__init__.py"
    deeper = {f"kgan.metrics.{one}": ROOT / "kgan" / "metrics" / one / "__init__.py" for one in ("molecules", "tables")}
    everything = {**packages, **modules, **deeper, **export}
    return {"kgan": ROOT / "kgan" / "__init__.py", **dict(sorted(everything.items()))}


def names_of(file: Path) -> list[str]:
    """The names in a file's `__all__`.

    Raises:
        ValueError: if the file has no `__all__`.
    """
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    raise ValueError(f"Expected __all__ in a public module. Received: {file} without. List its public names there.")


def is_assigned(package: str, file: Path, name: str) -> bool:
    """Whether the public name is a value, and neither a class nor a function, followed through one import."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and any((alias.asname or alias.name) == name for alias in node.names):
            module = f"{package}.{node.module}" if node.level else node.module  # a package's own `from .x import`
            folder = "export" if module.startswith("kgan.export") else "kgan"
            inside = module.removeprefix("kgan.export" if folder == "export" else "kgan").strip(".").split(".")
            base = ROOT.joinpath(folder, *filter(None, inside))
            source = base / "__init__.py" if base.is_dir() else base.with_suffix(".py")
            return is_assigned(module, source, name)
    return not any(isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name for node in tree.body)


def page(package: str, file: Path) -> str:
    """The Markdown of a package's page."""
    packages = public_packages()
    names = [name for name in names_of(file) if f"{package}.{name}" not in packages and not name.startswith("__")]
    lines = [f"# {package}", "", (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").strip(), ""]
    inside = [name for name in packages if name.startswith(f"{package}.")]
    if inside:
        lines += ["Its packages:", "", *(f"- [`{name}`]({name}.md)" for name in inside), ""]
    earlier = [name for name in names if f"{package}.{name}" in EARLIER]
    names = [name for name in names if name not in earlier]
    values = [name for name in names if is_assigned(package, file, name)]
    for name in sorted(set(names) - set(values), key=lambda name: (name[0].islower(), name)):  # classes, then functions
        lines += [f"::: {package}.{name}", *(_WITH_INHERITED if package == "kgan" else []), ""]
    if values:
        lines += ["## Values", "", *(f"- `{package}.{name}`" for name in values), ""]
    if earlier:
        renamed = [(f"{package}.{name}", EARLIER[f"{package}.{name}"]) for name in earlier]
        lines += ["## Earlier names", "", *(f"- `{old}` is [`{new}`][{new}]" for old, new in renamed), ""]
    return "\n".join(lines)
