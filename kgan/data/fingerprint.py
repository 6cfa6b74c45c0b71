"""By what data are known again: names, sizes and labels of files and bytes of some, or some rows of arrays."""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import numpy as np

from kgan._support import json_documents

__all__ = ["Entry", "Fingerprint", "joined", "of_arrays", "of_files", "of_stream"]

_ROWS = 256  # of an array, evenly spread, that are known one by one
_READ = 64  # files of which the first bytes are known: names and sizes alone cannot tell two pictures of one format
_WHOLE = 2**26  # bytes of arrays that are read to the end


class Entry(NamedTuple):
    """One file.

    Attributes:
        size: Bytes.
        label: Number of its class, or the numbers of its tags joined by `+`; of pairs, its side; `None` without.
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
        labels: SHA-256 of an array of labels, or of each file's name and label; `None` without.
        kept: SHA-256 of each file's name and whether it is held out; `None` for others than files.
        rows: Hashes of some rows of arrays, by the row's number, or of some files, by their names.
        row_labels: Labels of these rows of arrays; empty without.
        files: What is known of each file, by its name within the folder.
    """

    digest: str = ""
    count: int | None = None
    held_out: int | None = None
    class_names: tuple[str, ...] | None = None
    spec: str | None = None
    labels: str | None = None
    kept: str | None = None
    rows: Mapping[str, str] = field(default_factory=dict)
    row_labels: Mapping[str, int] = field(default_factory=dict)
    files: Mapping[str, Entry] = field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        """What `config.json` holds: enough to tell whether samples, labels or the held-out part have changed."""
        return {name: value for name, value in self.to_dict().items() if name not in _DETAILS}

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values, to tell what has changed."""
        names = None if self.class_names is None else list(self.class_names)
        files = {name: list(entry) for name, entry in self.files.items()}
        return asdict(self) | {"class_names": names, "files": files}

    @classmethod
    def from_dict(cls, content: Any) -> "Fingerprint":
        """What `to_dict` or `summary` gave.

        Raises:
            ValueError: if it is something else.
        """
        content = {name: {} for name in _DETAILS} | (content if isinstance(content, dict) else {})
        json_documents.check_object(content, "fingerprint", **dict.fromkeys(_DETAILS, dict))
        files = {name: _entry(entry) for name, entry in content["files"].items()}
        json_documents.check_texts(content["rows"], "fingerprint.rows")
        labels = {row: json_documents.value(int, label, "label") for row, label in content["row_labels"].items()}
        names = content.get("class_names")
        if names is not None:
            json_documents.check_texts(dict(enumerate(names)) if isinstance(names, list) else names, "class_names")
            names = tuple(names)
        plain = {name: content[name] for name in content if name not in (*_DETAILS, "class_names")}
        made = json_documents.made(_Plain, plain, "fingerprint")
        return cls(**vars(made), class_names=names, rows=content["rows"], row_labels=labels, files=files)


_DETAILS = ("rows", "row_labels", "files")  # which `data.json` holds and `config.json` does not


@dataclass(frozen=True)
class _Plain:
    """The plain values of a fingerprint."""

    digest: str
    count: int | None
    held_out: int | None
    spec: str | None = None
    labels: str | None = None
    kept: str | None = None


def of_files(
    sizes: Sequence[int],
    names: Sequence[str],
    labels: Any,
    held_out: Any,
    class_names: "Sequence[str] | None" = None,
    files_of_a_sample: int = 1,
    read: Callable[[str], bytes] | None = None,
) -> Fingerprint:
    """Of files, which are not decoded.

    Args:
        sizes: Bytes of each.
        names: Of each, within the folder.
        labels: Of each, `(n,)` classes or `(n, tags)`; where each side of a pair is a file, its side; `None` without.
        held_out: Numbers of those that are held out.
        class_names: Of the classes or tags, in the order of their numbers; `None` without.
        files_of_a_sample: 2 where each side of a pair is a file.
        read: From a name to the first bytes of the file, of which some are read; `None` reads none.
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
            labels=None if labels is None else _hash_of({name: entry.label for name, entry in files.items()}),
            kept=_hash_of({name: entry.held_out for name, entry in files.items()}),
            rows={} if read is None else {name.replace("\\", "/"): _hash(read(name))[:16] for name in _chosen(names)},
            files=files,
        )
    )


def _chosen(names: Sequence[str]) -> list[str]:
    """Some names, of which most are chosen again when some are added or removed."""
    return sorted(names, key=lambda name: _hash(name.replace("\\", "/").encode("utf-8", "replace")))[:_READ]


def of_arrays(
    arrays: Sequence[np.ndarray], labels: Any, held_out: int, class_names: "Sequence[str] | None" = None
) -> Fingerprint:
    """Of arrays: all bytes where they are few, else up to 256 rows, evenly spread.

    Args:
        arrays: The samples, or inputs and targets, `(n, ...)` each.
        labels: `(n,)`, or `None`.
        held_out: How many of them are held out.
        class_names: Names of the classes; `None` without.
    """
    count = len(arrays[0])
    step = 1
    while count > _ROWS * step:
        step *= 2  # so that arrays of other lengths have rows in common
    chosen = range(0, count, step)
    rows = {str(row): _hash(*(np.asarray(one[row]).tobytes() for one in arrays))[:16] for row in chosen}
    whole = [np.asarray(one).tobytes() for one in arrays] if sum(one.nbytes for one in arrays) <= _WHOLE else []
    known = Fingerprint(
        count=count,
        held_out=held_out,
        class_names=None if class_names is None else tuple(class_names),
        spec=" -> ".join(f"{one.dtype} {tuple(one.shape[1:])}" for one in arrays),
        labels=None if labels is None else _hash(np.ascontiguousarray(labels).astype(np.int64).tobytes()),
        rows=rows,
        row_labels={} if labels is None else {str(row): int(labels[row]) for row in chosen},
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


def joined(parts: Mapping[str, Fingerprint], kept_apart: Collection[str] = ()) -> Fingerprint:
    """Of several collections at once.

    Args:
        parts: What is known of each, by its name, which files and rows then bear.
        kept_apart: Names of those of which all is held out.
    """
    files: dict[str, Entry] = {}
    rows: dict[str, str] = {}
    for name, part in parts.items():
        apart = name in kept_apart
        files |= {f"{name}/{path}": Entry(one.size, name, apart or one.held_out) for path, one in part.files.items()}
        rows |= {f"{name}/{row}": known for row, known in part.rows.items()}
    counts = [part.count for part in parts.values()]
    held_out = [part.count if name in kept_apart else part.held_out for name, part in parts.items()]
    of_files = all(part.files for part in parts.values())
    known = Fingerprint(
        count=_total(counts),
        held_out=_total(held_out),
        spec=None if of_files else " | ".join(str(part.spec) for part in parts.values()),
        labels=_hash_of({name: entry.label for name, entry in files.items()}) if of_files else None,
        kept=_hash_of({name: entry.held_out for name, entry in files.items()}) if of_files else None,
        rows=rows,
        files=files if of_files else {},
    )
    return _sealed(known, *(part.digest.encode() for part in parts.values()))


def _total(counts: "Sequence[int | None]") -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if len(known) == len(counts) else None


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


def _hash_of(by_name: Mapping[str, Any]) -> str:
    return _hash(json.dumps(by_name, sort_keys=True).encode())


def _hash(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
