"""By what data are known again, and what has changed: names, sizes and labels of files, or some rows of arrays."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import numpy as np

from kgan._support import json_documents

__all__ = ["Changes", "Entry", "Fingerprint", "compare", "of_arrays", "of_files", "of_stream"]

_ROWS = 256  # of an array, evenly spread, that are known one by one
_WHOLE = 2**26  # bytes of arrays that are read to the end


class Entry(NamedTuple):
    """One file.

    Attributes:
        size: Bytes.
        label: Number of its class, or the numbers of its tags joined by `+`; `None` without.
        held_out: Whether it is held out.
    """

    size: int
    label: "int | str | None"
    held_out: bool


@dataclass(frozen=True)
class Fingerprint:
    """What is known of some data without decoding it.

    Attributes:
        digest: SHA-256 of all that is known.
        count: How many samples, held-out ones among them; `None` where the source cannot say.
        held_out: How many of these are held out; `None` where the source cannot say.
        class_names: In the order of their numbers; `None` without.
        spec: Type and shape of a sample of an array or stream; `None` for files.
        labels: SHA-256 of an array of labels; `None` for others.
        rows: Hashes of some rows of arrays, by the row's number.
        files: What is known of each file, by its name within the folder.
    """

    digest: str = ""
    count: int | None = None
    held_out: int | None = None
    class_names: tuple[str, ...] | None = None
    spec: str | None = None
    labels: str | None = None
    rows: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Entry] = field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        """What `config.json` holds: enough to tell whether anything has changed."""
        return {"digest": self.digest, "count": self.count, "held_out": self.held_out}

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values, to tell what has changed."""
        return asdict(self) | {"files": {name: list(entry) for name, entry in self.files.items()}}

    @classmethod
    def from_dict(cls, content: Any) -> "Fingerprint":
        """What `to_dict` gave.

        Raises:
            ValueError: if it is something else.
        """
        json_documents.check_object(content, "fingerprint", rows=dict, files=dict)
        files = {name: _entry(entry) for name, entry in content["files"].items()}
        json_documents.check_texts(content["rows"], "fingerprint.rows")
        names = content.get("class_names")
        if names is not None:
            json_documents.check_texts(dict(enumerate(names)) if isinstance(names, list) else names, "class_names")
            names = tuple(names)
        plain = {name: content[name] for name in content if name not in ("files", "rows", "class_names")}
        made = json_documents.made(_Plain, plain, "fingerprint")
        return cls(**vars(made), class_names=names, rows=content["rows"], files=files)


@dataclass(frozen=True)
class _Plain:
    """The plain values of a fingerprint."""

    digest: str
    count: int | None
    held_out: int | None
    spec: str | None
    labels: str | None


@dataclass(frozen=True)
class Changes:
    """What has changed.

    Attributes:
        lines: A clause for each thing; empty where nothing has.
        shifted: What training would go wrong by: `"labels"`, `"the held-out part"`; empty where it may go on.
    """

    lines: tuple[str, ...] = ()
    shifted: tuple[str, ...] = ()


def of_files(
    sizes: Sequence[int],
    names: Sequence[str],
    labels: Any,
    held_out: Any,
    class_names: "Sequence[str] | None" = None,
    files_of_a_sample: int = 1,
) -> Fingerprint:
    """Of files, which are not opened.

    Args:
        sizes: Bytes of each.
        names: Of each, within the folder.
        labels: Of each, `(n,)` classes or `(n, tags)`; `None` without.
        held_out: Numbers of those that are held out.
        class_names: Of the classes or tags, in the order of their numbers; `None` without.
        files_of_a_sample: 2 where each side of a pair is a file.
    """
    kept = np.zeros(len(names), bool)
    kept[np.asarray(held_out, int)] = True
    spelled = [None] * len(names) if labels is None else [_label(label) for label in labels]
    files = {
        name.replace("\\", "/"): Entry(int(size), label, bool(held))
        for name, size, label, held in zip(names, sizes, spelled, kept, strict=True)
    }
    return _sealed(
        Fingerprint(
            count=len(names) // files_of_a_sample,
            held_out=int(kept.sum()) // files_of_a_sample,
            class_names=None if class_names is None else tuple(class_names),
            files=files,
        )
    )


def of_arrays(
    arrays: Sequence[np.ndarray], labels: Any, held_out: int, class_names: "Sequence[str] | None" = None
) -> Fingerprint:
    """Of arrays: all bytes where they are few, else 256 rows, evenly spread.

    Args:
        arrays: The samples, or inputs and targets, `(n, ...)` each.
        labels: `(n,)`, or `None`.
        held_out: How many of them are held out.
        class_names: Names of the classes; `None` without.
    """
    count = len(arrays[0])
    chosen = np.unique(np.linspace(0, max(count - 1, 0), min(_ROWS, count)).astype(int))
    rows = {str(row): _hash(*(np.asarray(one[row]).tobytes() for one in arrays))[:16] for row in chosen}
    whole = [np.asarray(one).tobytes() for one in arrays] if sum(one.nbytes for one in arrays) <= _WHOLE else []
    known = Fingerprint(
        count=count,
        held_out=held_out,
        class_names=None if class_names is None else tuple(class_names),
        spec=" -> ".join(f"{one.dtype} {tuple(one.shape[1:])}" for one in arrays),
        labels=None if labels is None else _hash(np.ascontiguousarray(labels).astype(np.int64).tobytes()),
        rows=rows,
    )
    return _sealed(known, *whole)


def of_stream(spec: Any, count: int | None, held_out: int | None, class_names: "Sequence[str] | None") -> Fingerprint:
    """Of data that is not looked at: types and shapes, how many samples, and the classes.

    Args:
        spec: What samples are like, whose text counts.
        count: How many samples; `None` where the source cannot say.
        held_out: How many of these are held out.
        class_names: Names of the classes; `None` without.
    """
    names = None if class_names is None else tuple(class_names)
    return _sealed(Fingerprint(count=count, held_out=held_out, class_names=names, spec=str(spec)))


def compare(before: Fingerprint, now: Fingerprint) -> Changes:
    """What has changed, and whether labels or the held-out part would be others than in the training so far."""
    if before.digest == now.digest:
        return Changes()
    if before.files and now.files:
        lines, shifted = _compared_files(before, now)
    elif (before.files and now.rows) or (before.rows and now.files):
        lines = ["files, where there was an array" if now.files else "an array, where there were files"]
        shifted = {"the samples"}
    else:
        lines, shifted = _compared_rows(before, now)
    if before.class_names != now.class_names:
        lines.append(_renamed_classes(before.class_names, now.class_names))
        if len(before.class_names or ()) != len(now.class_names or ()):
            shifted.add("labels")
    order = ("labels", "the held-out part", "the samples")
    return Changes(tuple(lines) or ("something else than before",), tuple(one for one in order if one in shifted))


def _compared_files(before: Fingerprint, now: Fingerprint) -> tuple[list[str], set[str]]:
    same = {name: name for name in before.files if name in now.files}
    gone = [name for name in before.files if name not in now.files]
    new = {(_last(name), now.files[name].size): name for name in now.files if name not in before.files}
    for name in gone:  # a folder that was renamed: the same names and sizes below it
        elsewhere = new.pop((_last(name), before.files[name].size), None)
        if elsewhere is not None:
            same[name] = elsewhere
    removed = [name for name in gone if name not in same]
    taken = set(same.values())
    added = [name for name in now.files if name not in taken]
    sizes = [old for old, new_name in same.items() if before.files[old].size != now.files[new_name].size]
    moved = [old for old, new_name in same.items() if old != new_name]
    counted = {"removed": removed, "added": added, "of another size": sizes, "in another folder": moved}
    lines = [_counted(names, what) for what, names in counted.items() if names]
    shifted = set()
    pairs = [(before.files[old], now.files[new_name]) for old, new_name in same.items()]
    if any(old.label != entry.label for old, entry in pairs):
        shifted.add("labels")
        lines.append("other labels of the same files")
    if any(old.held_out != entry.held_out for old, entry in pairs):
        shifted.add("the held-out part")
    if not same:
        shifted.add("the samples")
    return lines, shifted


def _compared_rows(before: Fingerprint, now: Fingerprint) -> tuple[list[str], set[str]]:
    lines, shifted = [], set()
    if before.spec and now.spec and before.spec != now.spec:
        return [f"samples of {now.spec}, where they were {before.spec}"], {"the samples"}
    if before.count != now.count:
        lines.append(f"{_number(now.count)} samples, where there were {_number(before.count)}")
        if before.held_out or now.held_out:
            shifted.add("the held-out part")
    elif before.labels != now.labels:
        lines.append("other labels")
        shifted.add("labels")
    if before.count == now.count and before.rows:
        other = [row for row, known in before.rows.items() if now.rows.get(row) != known]
        if other:
            lines.append(f"{len(other)} of {len(before.rows)} samples looked at are others")
        if 2 * len(other) > len(before.rows):
            shifted.add("the samples")
    return lines, shifted


def _renamed_classes(before: "tuple[str, ...] | None", now: "tuple[str, ...] | None") -> str:
    gone = [name for name in before or () if name not in (now or ())]
    new = [name for name in now or () if name not in (before or ())]
    if len(gone) == len(new) == 1:
        return f"the class {gone[0]} is called {new[0]}"
    clauses = [f"without the classes {', '.join(gone[:8])}"] if gone else []
    clauses += [f"with the classes {', '.join(new[:8])}"] if new else []
    return " and ".join(clauses) or "classes in another order"


def _counted(names: Sequence[str], what: str) -> str:
    return f"{len(names):,} file(s) {what}, such as {names[0]}"


def _number(count: int | None) -> str:
    return "an unknown number of" if count is None else f"{count:,}"


def _last(name: str) -> str:
    return name.rpartition("/")[2]


def _label(label: Any) -> "int | str | None":
    if np.ndim(label) == 0:
        return int(label)
    return "+".join(str(number) for number in np.flatnonzero(np.asarray(label)))


def _entry(content: Any) -> Entry:
    json_documents.check_list(content, "fingerprint.files")
    if len(content) != 3:
        raise ValueError(f"fingerprint.files with an entry of {len(content)}, where 3 were due")
    size, label, held_out = content
    if not isinstance(label, str | None):
        json_documents.value(int, label, "label")
    return Entry(json_documents.value(int, size, "size"), label, json_documents.value(bool, held_out, "held_out"))


def _sealed(known: Fingerprint, *others: bytes) -> Fingerprint:
    content = json.dumps(known.to_dict(), sort_keys=True).encode()
    return Fingerprint(**{**vars(known), "digest": _hash(content, *others)})


def _hash(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
