"""The page as files: what `kgan explore` serves, and what it writes for any static host."""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import onnxruntime

from ..directions import name_of
from ..languages import PATHS
from ..portable.sessions import open_export
from . import graph, pages, runtime

__all__ = ["FACTS", "PAGE", "contents", "write"]

FACTS = "facts.json"
PAGE = Path(__file__).parent / "page"


def write(
    bundle: "str | os.PathLike",
    folder: "str | os.PathLike",
    *,
    title: str | None = None,
    directions: "str | os.PathLike | None" = None,
) -> Path:
    """Writes a folder with a page that runs an exported network in the browser, for any static host.

    The folder needs no program on the server and asks no other host for anything. It appears whole or not at all, and
    takes the place of an earlier one.

    Args:
        bundle: The bundle, or its `.onnx` file.
        folder: Where the page goes.
        title: What the page is called; `None` for the name of the bundle.
        directions: A file of sliders, as `kgan latents RUN sliders --save FILE` writes it; `None` for those of the
            export.

    Returns:
        The folder.

    Examples:
        >>> gan = kgan.GAN(
        ...     kgan.architectures.dcgan_generator((8, 8, 1), latent_dim=4, width=4),
        ...     kgan.architectures.dcgan_discriminator((8, 8, 1), width=4),
        ... )
        >>> bundle = kgan.export.save(gan, "for-the-browser")
        >>> page = kgan.export.explorer.write(bundle, "page")
        >>> (page / "index.html").is_file()
        True

    Raises:
        BundleError: if the bundle is none that kgan exported, if the page cannot show what it makes, if the browser
            cannot draw its latents, or if `directions` is no such file.
        FileExistsError: if the folder holds something other than such a page.
        RuntimeMissingError: if this kgan came without onnxruntime-web.
    """
    folder = Path(folder)
    if folder.exists() and not (folder / FACTS).is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(
            f"Expected {folder} to be missing, empty or an earlier page. Received: a "
            f"{'folder of something else' if folder.is_dir() else 'file'}. Choose another folder."
        )
    content = contents(bundle, title=title, directions=directions)
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".kgan-", dir=folder.parent))
    try:
        new, old = work / "new", work / "old"
        for name, one in content.items():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            (new / name).write_bytes(one.read_bytes() if isinstance(one, Path) else one)
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
    finally:
        shutil.rmtree(work)
    return folder


def contents(
    bundle: "str | os.PathLike",
    *,
    title: str | None = None,
    directions: "str | os.PathLike | None" = None,
) -> Mapping[str, "Path | bytes"]:
    """The files of the page by their paths within its folder, each as bytes or the file that holds them.

    Arguments and errors are those of `write`.
    """
    path = Path(bundle)
    libraries = {f"runtime/{name}": file for name, file in runtime.found().items()}
    title = name_of(path) if title is None else title
    file, _, metadata = open_export(path, threads=1, provider="cpu")
    known = pages.known(path, title, metadata, directions)
    network = graph.in_one_file(graph.opened(file))
    known["bytes"] = {"network": len(network), "runtime": (runtime.FOLDER / _WASM).stat().st_size}
    return {
        **{one.name: one for one in sorted(PAGE.iterdir()) if one.suffix in (".html", ".css", ".js", ".svg")},
        "latents.js": PATHS["latents.js"],
        **libraries,
        "runtime/ThirdPartyNotices.txt": Path(onnxruntime.__file__).parent / "ThirdPartyNotices.txt",
        "generator.onnx": network,
        FACTS: json.dumps(known, ensure_ascii=False).encode(),
    }


_WASM = next(name for name in runtime.FILES if name.endswith(".wasm"))
