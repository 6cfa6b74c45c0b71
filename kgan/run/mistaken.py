"""What a path is that was taken for a run and is none, and what to type instead; it imports nothing of kgan."""

from pathlib import Path

__all__ = ["no_run", "not_free", "what_it_is"]

_MOST_NAMED = 3


def no_run(path: Path, argument: str | None = None) -> str | None:
    """The error for what is no run folder; `None` for one.

    Args:
        path: Of what should be one.
        argument: By which it was given, where there are others; else `None`.
    """
    if (path / "config.json").is_file():
        return None
    expected, received = (f"{argument} as ", f"{argument}=") if argument else ("", "")
    return f"Expected {expected}a run folder of kgan train. Received: {received}{path}, {what_it_is(path)}"


def not_free(folder: Path) -> str | None:
    """The error for a folder that a new run cannot be written into; `None` for a new or empty one."""
    if folder.exists() and not folder.is_dir():
        return f"Expected a folder for the run. Received: {folder}, which is a file. Choose another folder."
    if folder.exists() and any(folder.iterdir()):
        what = "an earlier run" if (folder / "config.json").is_file() else "other files"
        return (
            f"Expected a new or empty folder for the run. Received: {folder}, which holds {what}. "
            f"Nothing was changed; choose another folder."
        )
    return None


def what_it_is(path: Path) -> str:
    """The rest of a sentence after the path: `"which does not exist."`, and where the run is, if one is near.

    Args:
        path: Of something that has no `config.json`.
    """
    if not path.exists():
        return f"which does not exist.{_runs_near(path)}"
    near = _run_around(path)
    instead = "" if near is None else f" Pass the folder of its run, {near}."
    if path.is_file():
        return f"which is a file.{instead or _runs_near(path)}"
    if (path / "generator.onnx").is_file():
        return f"which is an exported bundle.{instead or ' kgan sample and kgan apply take it.'}"
    if (path / "model.keras").is_file() or path.name == "checkpoints":
        return f"which holds checkpoints.{instead}"
    if near is not None:
        return f"which is a part of a run.{instead}"
    if not any(path.iterdir()):
        return f"which is an empty folder.{_runs_near(path)}"
    return f"which is no run of kgan.{_runs_near(path)}"


def _run_around(path: Path) -> Path | None:
    """The run folder that the path lies in; `None` for none."""
    inside = (one for one in path.parents if (one / "config.json").is_file() and (one / "checkpoints").is_dir())
    return next(inside, None)


def _runs_near(path: Path) -> str:
    """A sentence that names runs in a folder, else beside it, else where kgan writes them; empty where there are none.

    Args:
        path: Of what is no run.
    """
    folders = (path, path.parent, Path("runs"), Path())
    return next((said for folder in folders if (said := _runs_in(folder))), "")


def _runs_in(folder: Path) -> str:
    """A sentence that names runs in a folder; empty where there are none."""
    runs = sorted(one.parent for one in folder.glob("*/config.json")) if folder.is_dir() else []
    if not runs:
        return ""
    more = "" if len(runs) <= _MOST_NAMED else f" and {len(runs) - _MOST_NAMED} more"
    where = "here" if folder == Path() else f"in {folder}"
    return f" Runs {where}: {', '.join(map(str, runs[-_MOST_NAMED:]))}{more}."
