"""The tasks of `kgan latents`, what each takes, and what can be refused before any weights are loaded."""

import difflib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

__all__ = ["check"]

_TAKES = {  # what each task takes beside --out, --seed and --labels
    "film": ("count", "keys", "steps", "truncation_psi", "space", "checkpoint"),
    "sliders": ("count", "directions", "names", "save", "checkpoint"),
    "truncation": ("count", "space", "checkpoint"),
    "mixing": ("count", "truncation_psi", "checkpoint"),
    "project": ("picture", "steps", "space", "checkpoint"),
}
_OF_BUNDLES = {
    "film": ("count", "keys", "steps", "truncation_psi"),
    "sliders": ("directions",),
    "truncation": ("count",),
}
_FILES = ("directions", "picture")  # options that read a file


def check(params: Mapping[str, Any], what_it_is: Callable[[Path], str]) -> None:
    """Refuses a task that there is none of, one that a bundle cannot do, and options that the task does not take.

    Args:
        params: What was typed, by the names of the arguments.
        what_it_is: From a path that is no run to the rest of a sentence that says so.

    Raises:
        ValueError: if it does.
    """
    run, what = params["run"], params["what"]
    is_run = (run / "config.json").is_file()
    if what not in _TAKES:
        raise ValueError(_no_task(run, what))
    takes = _TAKES if is_run else _OF_BUNDLES
    if what not in takes and _is_bundle(run):
        raise ValueError(
            f"Expected a run folder for {what}, which needs the network as Keras has it. Received: {run}, which is an "
            f"exported bundle. Pass the run that it was exported from, or choose {_listed(_OF_BUNDLES)}."
        )
    if not is_run and not _is_bundle(run):
        raise ValueError(
            f"Expected a run folder, or an exported bundle (its export/ folder). Received: {run}, {what_it_is(run)}"
        )
    known = takes[what]
    for name, value in params.items():
        if value is None or name in ("run", "what", "out", "seed", "labels", *known):
            continue
        flags = ", ".join(map(_flag, known))
        raise ValueError(
            f"Expected {what} with no options but --out, --seed, --labels, {flags}. Received: {_flag(name)}. "
            f"Leave it out."
        )
    if params["space"] not in (None, "z", "w"):
        raise ValueError(f"Expected --space z or --space w. Received: --space {params['space']}.")
    if what == "project" and params["picture"] is None:
        raise ValueError("Expected the picture to project. Received: none. Pass --picture FILE.")
    if params["directions"] is not None and params["count"] is not None:
        raise ValueError(
            f"Expected --directions or --count, not both. Received: --directions {params['directions']}, "
            f"--count {params['count']}. The file says how many sliders there are; leave --count out."
        )
    _check_out(what, params["out"])
    if params["save"] is not None:
        _check_save(params["save"], params["out"])
    for name in _FILES:
        path = params[name]
        if path is not None and not path.is_file():
            there = "which is a folder" if path.exists() else "which does not exist"
            raise ValueError(f"Expected {_flag(name)} as a file. Received: {_flag(name)} {path}, {there}.")


def _check_out(what: str, out: Path) -> None:
    if what == "project" and (out.is_file() or out.suffix):
        raise ValueError(f"Expected --out as a folder for project. Received: --out {out}. Write --out projected/, say.")
    ends = (".gif",) if what == "film" else (".png", ".jpg", ".jpeg", ".webp")
    if what != "project" and out.suffix.lower() not in ends:
        raise ValueError(f"Expected --out to end in {ends[0]} for {what}. Received: --out {out}.")


def _check_save(save: Path, out: Path) -> None:
    if save.resolve() == out.resolve():
        raise ValueError(
            f"Expected another file for --save than for --out. Received: {save} for both. Write --save "
            f"{out.with_suffix('.json')}, say."
        )
    if save.exists():
        raise ValueError(
            f"Expected a new file for the sliders. Received: --save {save}, which exists. Choose another file, or "
            f"remove it."
        )


def _no_task(run: Path, what: str) -> str:
    if str(run) in _TAKES and not run.exists():
        return f"Expected the run before {run}. Received: {run} {what}. Write kgan latents {what} {run}."
    near = difflib.get_close_matches(what, _TAKES, 1)
    meant = f" Did you mean {near[0]!r}?" if near else ""
    return f"Expected {_listed(_TAKES)} after the run. Received: {what}.{meant}"


def _listed(tasks: Mapping[str, Any]) -> str:
    *others, last = tasks
    return f"{', '.join(others)} or {last}"


def _is_bundle(path: Path) -> bool:
    return (path / "generator.onnx").is_file() or (path.is_file() and path.suffix == ".onnx")


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
