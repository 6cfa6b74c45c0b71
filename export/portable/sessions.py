"""An ONNX file opened with onnxruntime: on which device it computes, and with how many threads."""

import os
import threading
import time
import warnings
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from .bundle_file import BundleError, check_against_card, read_card, short

__all__ = ["PROVIDERS", "Engine", "is_run_by", "open_export", "provider_of"]

CPU = "CPUExecutionProvider"
PROVIDERS = {  # by the names that are typed
    "cpu": CPU,
    "cuda": "CUDAExecutionProvider",
    "directml": "DmlExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "rocm": "ROCMExecutionProvider",
    "migraphx": "MIGraphXExecutionProvider",
}
CHOSEN = ("cuda", "directml")  # before the CPU where onnxruntime offers them; others may compute in float16
OPTIONS = {"CUDAExecutionProvider": {"use_tf32": "0"}}  # or a seed's samples would differ from Keras's by 1e-3
MANY = 8  # rows from which a batch is none of single samples: the best number of threads is another
LARGEST_OF_TRIAL = 2**28  # bytes of a file that is opened more than once; larger ones keep all cores busy anyway
AGAIN = 50  # times what a trial took is drawn until the next one, which so costs 2 %
ROUNDS, ROUNDS_SECONDS = 15, 0.1  # of a trial: so many at most, and no further one after so long
WORTH = 0.97  # of the time that another choice takes, to be taken in its place


def open_export(
    path: str | os.PathLike, threads: int | None = None, provider: str | None = None
) -> tuple[Path, "Engine", Mapping[str, str]]:
    """Opens an ONNX file, or the one in a bundle folder, whose `card.json` then says whether it is whole.

    Args:
        path: `generator.onnx`, or the bundle folder that holds it.
        threads: How many onnxruntime computes with; `None` for as many as are fastest, of one and one on each core.
        provider: What computes, a name of `PROVIDERS` that onnxruntime offers here; `None` for a GPU where there is
            one for onnxruntime, else the CPU.

    Returns:
        The path of the file, an `Engine` that runs it, and its metadata.

    Raises:
        BundleError: if there is no such file, if onnxruntime cannot open it, if it is not the one of the card, or if
            onnxruntime does not offer the provider.
    """
    path = Path(path)
    if threads is not None and (isinstance(threads, bool) or not isinstance(threads, int) or threads < 1):
        raise BundleError(f"Expected threads >= 1, a whole number. Received: threads={short(threads)}.")
    provider_of(provider)
    if path.is_dir():
        check_against_card(path, "generator.onnx")
        path = path / "generator.onnx"
    if not path.is_file():
        raise BundleError(f"Expected a generator.onnx that kgan exported. Received: {path}, which does not exist.")
    try:
        engine = Engine(path, threads, provider)
        return path, engine, engine.session.get_modelmeta().custom_metadata_map
    except BundleError:
        raise
    except Exception as error:
        raise BundleError(
            f"Expected a generator.onnx that kgan exported. Received: {path}, which onnxruntime cannot open: {error}"
        ) from error


def is_run_by(path: str | os.PathLike, program: str, key: str) -> bool:
    """Whether a program is that of a bundle, or of an ONNX file.

    Args:
        path: The bundle folder, whose `card.json` names its program, or the file.
        program: The file of the program.
        key: Of the metadata that such a file has.
    """
    path = Path(path)
    if path.is_dir():
        card = read_card(path)
        return card is not None and card.get("runner") == program
    return key in open_export(path, threads=1)[2]


def provider_of(name: str | None = None) -> str:
    """The name that onnxruntime has for a provider; `None` chooses.

    Raises:
        BundleError: if onnxruntime does not offer it on this machine.
    """
    offered = [one for one, full in PROVIDERS.items() if full in onnxruntime.get_available_providers()]
    if name is None:
        return PROVIDERS[next((one for one in CHOSEN if one in offered), "cpu")]
    typed = name.lower() if isinstance(name, str) else name
    if typed not in offered:
        raise BundleError(
            f"Expected a provider that onnxruntime offers here: {', '.join(offered)}. Received: "
            f"provider={short(name)}. Choose one of them, or install the onnxruntime that has it, such as "
            f"onnxruntime-gpu."
        )
    return PROVIDERS[typed]


class Engine:
    """Runs an ONNX file; on the CPU, with the number of threads that is fastest here.

    It begins with a thread on each core, which sleep between their tasks. Once runs have taken as long as opening the
    file did, it measures on the inputs at hand what one thread takes, and threads that spin while they wait; what is
    fastest goes on, for single samples and for batches apart, until runs have taken fifty times as long as measuring
    did: a machine may be busier by then, or less. Another choice must give the same bits to be taken.

    Args:
        path: The file.
        threads: A number to keep to; `None` to measure.
        provider: A name of `PROVIDERS`; `None` chooses.

    Attributes:
        session: The onnxruntime session that was opened first.
        provider: What computes, as onnxruntime calls it.
    """

    def __init__(self, path: Path, threads: int | None = None, provider: str | None = None) -> None:
        self._path, self._mark = path, _mark(path)
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        begun = time.perf_counter()
        # 0 leaves it to onnxruntime, which counts the machine's cores, also where the process may use one alone.
        self.session = _session(path, provider_of(provider), threads or int(cores == 1), spin=False)
        self._opening = time.perf_counter() - begun
        self.provider = self.session.get_providers()[0]
        _check_provider(self.provider, provider)
        size = sum(one.stat().st_size for one in (path, path.with_name(f"{path.name}.data")) if one.is_file())
        measured = threads is None and self.provider == CPU and cores > 1 and size <= LARGEST_OF_TRIAL
        self._sessions = [self.session, self.session]  # for single samples, and for batches
        self._until_trial = [self._opening if measured else np.inf] * 2
        self._lock = threading.Lock()

    def run(self, outputs: list[str], inputs: Mapping[str, np.ndarray], rows: int) -> list[np.ndarray]:
        """The outputs of those names for inputs by name, of which a batch has so many rows."""
        kind = int(rows >= MANY)
        if self._until_trial[kind] == np.inf:
            return self._sessions[kind].run(outputs, inputs)
        if self._until_trial[kind] <= 0:
            with self._lock:
                if self._until_trial[kind] <= 0:
                    self._choose(kind, outputs, inputs)
        begun = time.perf_counter()
        computed = self._sessions[kind].run(outputs, inputs)
        self._until_trial[kind] -= time.perf_counter() - begun
        return computed

    def settle(
        self, outputs: list[str], single: Mapping[str, np.ndarray] | None, batch: Mapping[str, np.ndarray] | None
    ) -> None:
        """Measures now, on these inputs, and never again: for who must not wait for a trial in the middle of his work.

        Args:
            outputs: Names of the outputs that are computed.
            single: Inputs by name, of a single sample; `None` keeps the session that was opened first.
            batch: Inputs by name, of a batch of `MANY`; `None` likewise.
        """
        for kind, inputs in enumerate((single, batch)):
            if inputs is not None and self._until_trial[kind] != np.inf:
                self._choose(kind, outputs, inputs)
            self._until_trial[kind] = np.inf

    def _choose(self, kind: int, outputs: list[str], inputs: Mapping[str, np.ndarray]) -> None:
        """Takes the session that is fastest on these inputs, unless the file is another by now, or gone."""
        if _mark(self._path) != self._mark:
            self._until_trial[kind] = np.inf
            return
        begun = time.perf_counter()
        self._sessions[kind] = self._fastest(outputs, inputs)
        self._until_trial[kind] = AGAIN * (time.perf_counter() - begun)

    def _fastest(self, outputs: list[str], inputs: Mapping[str, np.ndarray]) -> Any:
        """The session that is fastest on these inputs, of those that compute the same."""
        expected = self.session.run(outputs, inputs)
        one, spinning = (_session(self._path, CPU, *how) for how in ((1, False), (0, True)))
        alike = [session for session in (one, spinning) if _same(session.run(outputs, inputs), expected)]  # warm now
        took = _timed([one, self.session] if one in alike else [self.session], outputs, inputs)
        if spinning in alike:  # alone, because its threads disturb others
            took |= _timed([spinning], outputs, inputs)
        best, *others = took
        for other in others:
            if took[other] < WORTH * took[best]:
                best = other
        return best


def _timed(sessions: Sequence[Any], outputs: list[str], inputs: Mapping[str, np.ndarray]) -> dict[Any, float]:
    """The median time of a run of each session, which take turns."""
    took: dict[Any, list[float]] = {session: [] for session in sessions}
    begun = time.perf_counter()
    for _ in range(ROUNDS):
        for session in sessions:
            started = time.perf_counter()
            session.run(outputs, inputs)
            took[session].append(time.perf_counter() - started)
        if time.perf_counter() - begun > ROUNDS_SECONDS:
            break
    return {session: float(np.median(times)) for session, times in took.items()}


def _session(path: Path, provider: str, threads: int, spin: bool) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", str(int(spin)))
    options.log_severity_level = 3  # errors alone: it warns of noise and truncation, which need not be given
    if provider == PROVIDERS["directml"]:  # which takes neither
        options.enable_mem_pattern = False
    providers = [(provider, OPTIONS.get(provider, {})), *([] if provider == CPU else [CPU])]
    return onnxruntime.InferenceSession(str(path), options, providers=providers)


def _check_provider(found: str, asked: str | None) -> None:
    """Refuses a provider that onnxruntime offers and cannot start; says so where nobody asked for it."""
    due = provider_of(asked)
    if found == due:
        return
    if asked is not None:
        raise BundleError(
            f"Expected provider={asked} to start. Received: {found}, because onnxruntime offers {due} and cannot load "
            f"it here. Its lines above say what is missing."
        )
    warnings.warn(f"onnxruntime offers {due}, which does not start here: {found} computes.", stacklevel=4)


def _same(some: Sequence[np.ndarray], others: Sequence[np.ndarray]) -> bool:
    return all(map(partial(np.array_equal, equal_nan=True), some, others))


def _mark(path: Path) -> tuple[int, int, int] | None:
    """What tells whether a file was replaced."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
