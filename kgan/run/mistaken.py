"""What a path is that was taken for a run and is none, and what to type instead."""

from pathlib import Path

__all__ = ["what_it_is"]

_MOST_NAMED = 3


def what_it_is(path: Path) -> str:
    """The rest of a sentence after the path: `"which does not exist."`, and where the run is, if one is near.

    Args:
        path: Of something that has no `config.json`.
    """
    if not path.exists():
        return f"which does not exist.{_runs_in(path.parent)}"
    near = _run_around(path)
    instead = "" if near is None else f" Pass the folder of its run, {near}."
    if path.is_file():
        return f"which is a file.{instead}"
    if (path / "generator.onnx").is_file():
        return f"which is an exported bundle.{instead or ' kgan sample and kgan apply take it.'}"
    if (path / "model.keras").is_file() or path.name == "checkpoints":
        return f"which holds checkpoints.{instead}"
    if near is not None:
        return f"which is a part of a run.{instead}"
    inside = _runs_in(path)
    if not inside and not any(path.iterdir()):
        return "which is an empty folder."
    return f"which has no config.json.{inside}"


def _run_around(path: Path) -> Path | None:
    """The run folder that the path lies in; `None` for none."""
    inside = (one for one in path.parents if (one / "config.json").is_file() and (one / "checkpoints").is_dir())
    return next(inside, None)


def _runs_in(folder: Path) -> str:
    """A sentence that names runs in a folder; empty where there are none."""
    runs = sorted(one.parent for one in folder.glob("*/config.json")) if folder.is_dir() else []
    if not runs:
        return ""
    more = "" if len(runs) <= _MOST_NAMED else f" and {len(runs) - _MOST_NAMED} more"
    where = "here" if folder == Path() else f"in {folder}"
    return f" Runs {where}: {', '.join(map(str, runs[-_MOST_NAMED:]))}{more}."
