"""onnxruntime-web, which runs a network in a browser: which version, which files of it, and where they lie.

    python export/explorer/runtime.py            # in a checkout
    python -m kgan.export.explorer.runtime       # of an installed kgan

fetches them with npm, once. Building a wheel or an sdist does the same, so that both hold them. The repository does
not: they are 14 MB.

This file imports nothing of kgan, because `setup.py` runs it.
"""

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

__all__ = ["FILES", "FOLDER", "PACKAGE", "RuntimeMissingError", "damaged", "fetch", "found"]

PACKAGE = "onnxruntime-web@1.30.0"
FOLDER = Path(__file__).parent / "vendor"
FILES = {  # from the folder `dist` of the package, with their SHA-256: WebAssembly on one thread, without WebGPU
    "ort.wasm.bundle.min.mjs": "11e64bd8ffe11bd1a2a2f0d6275fdfbbba7262f0b76b99b53d228a8a22ef3d90",
    "ort-wasm-simd-threaded.wasm": "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2",
}
_MINUTES = 10  # for npm, on a slow line


class RuntimeMissingError(OSError):
    """onnxruntime-web is not there, or could not be fetched."""


def damaged(folder: Path = FOLDER) -> list[str]:
    """The names of files that are not there, or are not those of this version."""
    return [
        name
        for name, digest in FILES.items()
        if not (folder / name).is_file() or hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest
    ]


def found() -> dict[str, Path]:
    """The files of onnxruntime-web by name.

    Raises:
        RuntimeMissingError: if this kgan came without them, or they are not those of the version.
    """
    if damaged():
        raise RuntimeMissingError(
            f"Expected {PACKAGE} in {FOLDER}, which runs the network in the browser. Received: a kgan without it, as "
            f"one that was built where npm could not be reached. Type python -m kgan.export.explorer.runtime, which "
            f"fetches it with npm."
        )
    return {name: FOLDER / name for name in (*FILES, "LICENSE")}


def fetch(folder: Path = FOLDER) -> bool:
    """Fetches the files with npm, unless they are there already.

    Args:
        folder: Where they go.

    Returns:
        Whether something was fetched.

    Raises:
        RuntimeMissingError: if npm is missing or fails, or if it brings other files.
    """
    if not damaged(folder):
        return False
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeMissingError(f"Expected npm, to fetch {PACKAGE} with. Received: none. Install Node.js first.")
    with tempfile.TemporaryDirectory() as work:
        command = [npm, "pack", "--silent", "--ignore-scripts", PACKAGE]
        try:
            done = subprocess.run(command, cwd=work, capture_output=True, text=True, timeout=60 * _MINUTES, check=False)
        except subprocess.TimeoutExpired as error:
            raise RuntimeMissingError(
                f"Expected npm to fetch {PACKAGE} within {_MINUTES} minutes. Received: no end. Try again."
            ) from error
        archives = list(Path(work).glob("*.tgz"))
        if done.returncode or len(archives) != 1:
            said = " ".join(done.stderr.split())[:300] or f"status {done.returncode}"
            raise RuntimeMissingError(f"Expected npm to fetch {PACKAGE}. Received: {said}. Try again with a network.")
        _unpack(archives[0], Path(work))
        wrong = damaged(Path(work))
        if wrong:
            raise RuntimeMissingError(f"Expected {PACKAGE} with the SHA-256 noted here. Received: another {wrong[0]}.")
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            shutil.move(Path(work) / name, folder / name)
    return True


def _unpack(archive: Path, folder: Path) -> None:
    """Writes the files that are wanted, and nothing else of the archive."""
    with tarfile.open(archive) as packed:
        for name in FILES:
            try:
                content = packed.extractfile(f"package/dist/{name}")
            except KeyError:
                content = None
            if content is not None:
                (folder / name).write_bytes(content.read())


if __name__ == "__main__":
    try:
        fetched = fetch()
    except RuntimeMissingError as error:
        sys.exit(f"error: {error}")
    print(f"{PACKAGE} {'is in' if fetched else 'was there already, in'} {FOLDER}")  # noqa: T201  a program speaks
