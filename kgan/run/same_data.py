"""Whether the data of a run are those that it began with; what has changed is said, or refused."""

import json
from collections.abc import Sequence

from kgan._support import files
from kgan._support.checkpoint_files import Checkpoint
from kgan.data import Splits
from kgan.data.changes import Changes, compare
from kgan.data.fingerprint import Fingerprint
from kgan.models.kind import Say
from kgan.run import early_data
from kgan.run.folder import Run, RunError

__all__ = ["check", "note"]

_FILE = "data.json"
_MOST_FILES = 300_000  # of more, their number is known, and whether anything has changed


def note(run: Run, splits: Splits) -> None:
    """Writes what the data are and by what they are known: in short to `config.json`, in full to `data.json`.

    Data that are known by the same are left alone.
    """
    known = splits.fingerprint
    if known is None or run.config.get("fingerprint", {}).get("digest") == known.digest:
        return
    content = known.to_dict()
    if len(known.files) > _MOST_FILES:
        content["files"] = {}
    with files.replacing(run.folder / _FILE) as partial:
        partial.write_text(json.dumps(content) + "\n", encoding="utf-8")
    run.keep_entries(found=splits.found.to_dict(), fingerprint=known.summary())


def check(run: Run, splits: Splits, say: Say, newest: Checkpoint | None = None) -> None:
    """Refuses data by which labels or the held-out part would be others; says what else has changed.

    Args:
        run: The run.
        splits: Its data as they are now.
        say: Called with a line where something has changed, or where nobody noted by what the data are known.
        newest: From which it goes on, which tells how many samples an epoch had; `None` where that is no matter.

    Raises:
        RunError: if labels, the held-out part or most samples would be others than in the training so far, if they
            may be and too little is known to tell, or if `data.json` is not as kgan wrote it.
    """
    if splits.fingerprint is None:
        return
    known = _known(run)
    if known is None:
        early_data.check(run, splits, say, newest)
        return
    changes = compare(known, splits.fingerprint)
    if not changes.lines:
        return
    told = "; ".join(changes.lines)
    if changes.shifted or changes.unknown:
        raise RunError(
            f"Expected the data that the run began with. Received: {run.plan.source}, changed since: {told}. "
            f"{_why_not(run, changes)} Bring the data back to what they were, name the place where they are now, "
            f"kgan.run.Run(...).with_data(PLACE), or train "
            f"another run: kgan train DATA --init-from {run.folder} starts from these weights."
        )
    as_before = f" {_listed(changes.as_before)} are as they were." if changes.as_before else ""
    say(f"The data have changed since the run began: {told}.{as_before}")


def _why_not(run: Run, changes: Changes) -> str:
    sentences = []
    if changes.shifted:
        sentences.append(f"{_listed(changes.shifted)} would be others than in the training so far.")
    if changes.unknown:
        sentences.append(
            f"Whether {' and '.join(changes.unknown)} would be others than in the training so far cannot be told: "
            f"{run.folder / _FILE}, which has each file's, is gone, or was too large to be kept."
        )
    return " ".join(sentences)


def _listed(names: Sequence[str]) -> str:
    """As the beginning of a sentence."""
    text = " and ".join(names)
    return text[:1].upper() + text[1:]


def _known(run: Run) -> Fingerprint | None:
    """By what the data of the run are known; `None` for a run of before this was noted."""
    summary = run.config.get("fingerprint")
    if summary is None:
        return None
    path = run.folder / _FILE
    try:
        return Fingerprint.from_dict(files.read_json(path) if path.is_file() else summary)
    except (ValueError, TypeError, OSError) as error:
        raise RunError(
            f"Expected {path} as kgan train writes it. Received: {error}. Remove it to go on without it."
        ) from error
