"""The run folder: what one training leaves behind, and what can be done with it afterwards."""

import contextlib
import copy
import os
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np

from kgan._support import files, json_documents
from kgan._support.checkpoint_files import Checkpoint, Checkpoints, Place
from kgan.diagnostics import Verdict
from kgan.models import kind
from kgan.models.adversarial import AdversarialModel
from kgan.run import best, log_file, mistaken, naming
from kgan.run.best import Best
from kgan.run.choice import BEST, LAST, Choice, choose
from kgan.run.package_versions import versions
from kgan.run.plan import Plan

__all__ = ["Run", "RunError", "check_free", "loaded"]


@dataclass(frozen=True)
class _Exported:
    """What `config.json` holds of the weights that were exported."""

    checkpoint: str
    epoch: int
    step: int
    metric: str | None
    value: float | None
    because: str


class RunError(ValueError):
    """A folder is not the run that it was taken for."""


class Run:
    """A run folder.

    Args:
        folder: The folder; it holds `config.json`.

    Raises:
        RunError: if it does not exist, or is not a run.
    """

    def __init__(self, folder: "str | os.PathLike"):
        self.folder = Path(folder)
        self.samples = self.folder / "samples"
        self.film = self.folder / "evolution.gif"
        self.log = self.folder / "log.csv"
        self.tensorboard = self.folder / "tensorboard"
        self.checkpoints = Checkpoints(self.folder / "checkpoints")
        self.diagnosis = self.folder / "diagnosis.json"
        self.evaluation = self.folder / "evaluation.json"
        self.report = self.folder / "report.html"
        self.export = self.folder / "export"
        self.onnx_grid = self.folder / "onnx-grid.png"
        self._made = False  # by this object, and not by whoever came before
        config = self.folder / "config.json"
        wrong = mistaken.no_run(self.folder)
        if wrong is not None:
            raise RunError(wrong)
        try:
            self.config = files.read_json(config)
            self.plan = self.written = Plan.from_dict(self.config.get("plan"))
            json_documents.check_texts(self.config.get("versions", {}), "versions")
            if self.exported:
                json_documents.made(_Exported, self.exported, "exported")
            if "trained" in self.config:
                json_documents.check_object(self.trained, "trained", epochs=int, seconds=float, interrupted=bool)
        except (ValueError, OSError) as error:
            raise RunError(
                f"Expected {config} as kgan train writes it. Received: {error}. Train again, into another folder."
            ) from error

    @classmethod
    def create(cls, folder: Path | None, plan: Plan, **entries: Any) -> "Run":
        """Makes the folder and writes `config.json`.

        Args:
            folder: The folder; `None` for one that is named after the data and has the next number.
            plan: What is trained.
            **entries: What `config.json` holds besides.

        Raises:
            RunError: if the folder holds something already.
        """
        config = {"plan": asdict(plan), "versions": versions(), **entries}
        if folder is not None:
            check_free(folder)
        made = folder is None or not folder.exists()
        folder = naming.claimed(plan.source) if folder is None else folder
        folder.mkdir(parents=True, exist_ok=True)
        try:
            (folder / "config.json").touch(exist_ok=False)  # of two processes at once, one gets the folder
        except FileExistsError:
            check_free(folder)
        files.write_json(folder / "config.json", config)
        run = cls(folder)
        run._made = made
        return run

    def remove_unless_trained(self) -> None:
        """Removes what a run refused before its first step has made; one with a checkpoint or a failure stays."""
        if self.checkpoints.folder.exists() or "failures" in self.config:
            return
        for path in self.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
        if self._made:
            self.folder.rmdir()

    def load(self) -> AdversarialModel:
        """The model as last saved.

        A model from elsewhere cannot run code of its own: Keras reads it in safe mode.

        Raises:
            RunError: if nothing was saved yet, or what lies there is no model of kgan.
            CheckpointError: if every checkpoint is damaged.
        """
        newest = self.checkpoints.newest()
        if newest is None:
            raise self._never_saved()
        return loaded(newest)

    def _never_saved(self) -> RunError:
        return RunError(
            f"Expected a run with a checkpoint. Received: {self.folder}, which has none yet. "
            f"kgan resume {self.folder} trains it, unless another process does."
        )

    @property
    def best(self) -> Best | None:
        """The best epoch by the run's own metric; `None` where nothing tells it.

        Raises:
            CheckpointError: if what was kept of it is damaged.
        """
        found = best.read(self.checkpoints)
        return None if found is None else found[0]

    @property
    def exported(self) -> dict:
        """Which weights the bundle of the run holds, as `Choice.to_dict` has it; empty where none was exported."""
        return self.config.get("exported", {})

    def chosen(self, asked: str | None = None) -> Choice:
        """The checkpoint to export.

        Args:
            asked: `"best"`, `"last"` or a step that has a checkpoint; `None` for what the plan says, else for the best
                where its metric is worth being trusted.

        Raises:
            RunError: if nothing was saved yet.
            CheckpointError: if there is no such checkpoint, or it is damaged.
            ValueError: if `asked` is no choice, or no epoch is known to be the best.
        """
        found = choose(self.checkpoints, asked or self.plan.export)
        if found is None:
            raise self._never_saved()
        return found

    def chosen_before(self) -> Choice:
        """The checkpoint that was exported, to evaluate it; the one to export where none was, or it is gone since.

        Raises:
            RunError: if nothing was saved yet.
            CheckpointError: if every checkpoint is damaged.
        """
        step = self.exported.get("step")
        for name in (BEST, LAST, str(step)) if self.exported else ():
            with contextlib.suppress(ValueError):  # no longer there, or damaged
                found = self.chosen(name)
                if found.checkpoint.step == step:
                    return replace(found, **{key: self.exported[key] for key in ("metric", "value", "because")})
        return self.chosen()

    def load_exported(self) -> AdversarialModel:
        """The model with the weights that were exported, or are to be: those of `chosen_before()`.

        Raises:
            RunError: if nothing was saved yet, or what lies there is no model of kgan.
            CheckpointError: if every checkpoint is damaged.
        """
        return loaded(self.chosen_before().checkpoint)

    def note_export(self, choice: Choice) -> None:
        """Adds which weights were exported to `config.json`."""
        self.keep_entries(exported=choice.to_dict())

    def frames(self) -> list[Path]:
        """The pictures drawn after each epoch, in order."""
        return sorted(self.samples.glob("epoch-*.png"))

    def figures(self) -> dict[str, np.ndarray]:
        """The columns of `log.csv`: `"epoch"` from 1, and what was logged, NaN where an entry is missing.

        Nothing where no epoch ended yet.

        Raises:
            RunError: if the file is not as kgan wrote it.
        """
        try:
            return log_file.columns(self.log)
        except ValueError as error:
            raise RunError(str(error)) from error

    def looks(self) -> list[dict]:
        """What the monitor saw at each look, as its `record` has it; nothing where it never looked.

        Raises:
            RunError: if the file is not as kgan wrote it.
        """
        return self.record()["looks"] if self.diagnosis.is_file() else []

    def record(self) -> dict:
        """What the monitor wrote, as its `record` has it.

        Raises:
            RunError: if the file is not as kgan wrote it.
        """
        try:
            record = files.read_json(self.diagnosis)
            json_documents.check_object({"asked_at": 0} | record, "diagnosis", asked_at=int, looks=list)
            for look in record["looks"]:
                json_documents.check_object(look, "look", epoch=int, signs=dict, verdict=dict)
                json_documents.check_numbers(look["signs"], "signs")
                json_documents.made(Verdict, look["verdict"], "verdict")
        except (ValueError, OSError) as error:
            raise RunError(f"Expected {self.diagnosis} as kgan train writes it. Received: {error}.") from error
        return record

    @property
    def verdict(self) -> Verdict | None:
        """The last one; `None` where the monitor never looked."""
        looks = self.looks()
        return Verdict(**looks[-1]["verdict"]) if looks else None

    @property
    def trained(self) -> dict:
        """`"epochs"`, `"seconds"` and `"interrupted"` of a training that came to its end; empty otherwise."""
        return self.config.get("trained", {})

    def note(self, **outcome: Any) -> None:
        """Adds what training came to, to `config.json`."""
        self.keep_entries(trained=outcome)

    def note_failure(self, what: str, place: Place) -> None:
        """Adds why training stopped, and where the run stands since, to `config.json`."""
        failure = {"what": what, "epoch": place.epoch, "batch": place.batch}
        self.keep_entries(failures=[*self.config.get("failures", []), failure])

    def keep(self, plan: Plan) -> None:
        """Writes a changed plan to `config.json`."""
        changed, self.plan = plan != self.written, plan
        if changed:
            self.written = plan
            self.keep_entries(plan=asdict(plan))

    def with_data(self, source: str) -> "Run":
        """The same run, whose data are looked for elsewhere; nothing is written."""
        moved = copy.copy(self)
        moved.plan = self.plan.with_data(source)
        return moved

    def keep_entries(self, **entries: Any) -> None:
        """Writes these entries of `config.json` anew."""
        self.config |= entries
        files.write_json(self.folder / "config.json", self.config)

    def forget_after(self, epochs: int) -> None:
        """Takes rows of later epochs out of the log: what wrote them went on from a place that is gone.

        Raises:
            RunError: if the file is not as kgan wrote it.
        """
        try:
            log_file.forget_after(self.log, epochs)
        except ValueError as error:
            raise RunError(str(error)) from error


def loaded(checkpoint: Checkpoint) -> AdversarialModel:
    """The model of a checkpoint.

    Raises:
        RunError: if Keras cannot load it, or it is no model of a kind that kgan knows.
    """
    try:
        model = keras.models.load_model(checkpoint.model, safe_mode=True)
    except Exception as error:  # a damaged archive raises whatever its bytes happen to spell
        raise RunError(
            f"Expected {checkpoint.model} as kgan train saves it. "
            f"Received: one that Keras cannot load ({type(error).__name__}: {error}). Train again."
        ) from error
    try:
        kind.of(model)
    except TypeError as error:
        raise RunError(f"Expected {checkpoint.model} as kgan train saves it. {error}") from error
    return model


def check_free(folder: Path) -> None:
    """Refuses a folder that holds something already.

    Raises:
        RunError: if it does, or is a file.
    """
    wrong = mistaken.not_free(folder)
    if wrong is not None:
        raise RunError(wrong)
