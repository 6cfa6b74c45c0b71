"""Whether the data of a run are those that it began with; what has changed is said, or refused."""

import json

from kgan._support import files
from kgan.data import Splits
from kgan.data.fingerprint import Fingerprint, compare
from kgan.models.kind import Say
from kgan.run.folder import Run, RunError

__all__ = ["check", "note"]

_FILE = "data.json"
_MOST_FILES = 300_000  # of more, their number is known, and whether anything has changed


def note(run: Run, fingerprint: Fingerprint | None) -> None:
    """Writes by what the data are known: in short to `config.json`, in full to `data.json`."""
    if fingerprint is None:
        return
    content = fingerprint.to_dict()
    if len(fingerprint.files) > _MOST_FILES:
        content["files"] = {}
    with files.replacing(run.folder / _FILE) as partial:
        partial.write_text(json.dumps(content) + "\n", encoding="utf-8")
    run.keep_entries(fingerprint=fingerprint.summary())


def check(run: Run, splits: Splits, say: Say) -> None:
    """Refuses data by which labels or the held-out part would be others; says what else has changed.

    Args:
        run: The run.
        splits: Its data as they are now.
        say: Called with a line where something has changed, or where nobody noted by what the data are known.

    Raises:
        RunError: if labels, the held-out part or most samples would be others than in the training so far, or
            `data.json` is not as kgan wrote it.
    """
    if splits.fingerprint is None:
        return
    known = _known(run)
    if known is None:
        say(f"{run.folder} does not say by what its data are known: whether they have changed since cannot be told.")
        return
    changes = compare(known, splits.fingerprint)
    if not changes.lines:
        return
    told = "; ".join(changes.lines)
    if changes.shifted:
        raise RunError(
            f"Expected the data that the run began with. Received: {run.plan.source}, changed since: {told}. "
            f"{' and '.join(changes.shifted).capitalize()} would be others than in the training so far. Bring the data "
            f"back to what they were, name the place where they are now, kgan.run.Run(...).with_data(PLACE), or train "
            f"another run: kgan train DATA --init-from {run.folder} starts from these weights."
        )
    say(f"The data have changed since the run began: {told}. Labels and the held-out part are as they were.")


def _known(run: Run) -> Fingerprint | None:
    """By what the data of the run are known; `None` for a run of before this was noted."""
    summary = run.config.get("fingerprint")
    if summary is None:
        return None
    path = run.folder / _FILE
    try:
        if path.is_file():
            return Fingerprint.from_dict(files.read_json(path))
        return Fingerprint.from_dict({**summary, "spec": None, "labels": None, "rows": {}, "files": {}})
    except (ValueError, TypeError, OSError) as error:
        raise RunError(
            f"Expected {path} as kgan train writes it. Received: {error}. Remove it to go on without it."
        ) from error
