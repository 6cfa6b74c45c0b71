"""A bundle on the Hugging Face Hub: verified first, then one commit of the files that its card lists.

It imports nothing of kgan but `portable/`, so that `kgan push` starts without TensorFlow.
"""

import os
import re
from pathlib import Path
from types import ModuleType

from .portable.card_file import CARD, README, card_of, file_of
from .portable.checks import BundleError, short
from .portable.verification import verify

__all__ = ["push"]


def push(
    bundle: str | os.PathLike,
    repository: str,
    *,
    private: bool = True,
    licence: str | None = None,
    endpoint: str | None = None,
) -> str:
    """Verifies a bundle, and uploads it to a model repository of the Hugging Face Hub in one commit.

    Uploaded are the files that `card.json` lists, the card itself and `README.md`; what else lies in the folder stays
    here. Who uploads is who logged in by `hf auth login`, or whose token `HF_TOKEN` holds.

    Args:
        bundle: The folder.
        repository: `"user/name"`. It is made where it does not exist.
        private: Whether a repository that is made is seen by its owner alone; one that exists stays as it is.
        licence: Of the weights, by the name that the Hub has for it, `"cc-by-4.0"`; the uploaded `README.md` says it.
            `None` leaves what stands there.
        endpoint: Address of another hub than huggingface.co; `None` for `HF_ENDPOINT`.

    Returns:
        The address of the repository.

    Raises:
        ValueError: if `repository` is not of the form `user/name`, or `licence` is no such name.
        BundleError: if the bundle does not verify, or has no network to compare with Keras here; nothing is sent then.
        ImportError: if huggingface_hub is not installed.
        OSError: if the Hub cannot be reached, or refuses.
    """
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", repository) or len(repository) > 96:
        raise ValueError(
            f"Expected repository as user/name, letters and digits with -, _ and . between. Received: "
            f"repository={short(repository)!r}."
        )
    if licence is not None and not re.fullmatch(r"[a-z0-9][a-z0-9.+-]{0,63}", licence):
        raise ValueError(
            f"Expected licence as the Hub calls it, such as apache-2.0, cc-by-4.0 or other. Received: "
            f"licence={short(licence)!r}."
        )
    folder = Path(bundle)
    if not verify(folder).is_compared:
        raise BundleError(
            f"Expected a bundle of which a network gives here what Keras gave. Received: {folder}, of which nothing "
            f"was run. Export the generator with 'onnx' among the formats, or upload the folder by hf upload."
        )
    files = {name: file_of(folder, name) for name in (*card_of(folder)["sha256"], CARD)}
    text = _readme(folder, licence)
    try:
        import huggingface_hub as hub
    except ImportError as error:
        raise ImportError(
            "Expected huggingface_hub to push with. Received: it is not installed. pip install 'kgan[hub]' brings it."
        ) from error
    adds = [hub.CommitOperationAdd(name, str(path)) for name, path in files.items()]
    api, made = hub.HfApi(endpoint=endpoint), None
    try:
        made = api.create_repo(repository, repo_type="model", private=private, exist_ok=True)
        operations = [*adds, hub.CommitOperationAdd(README, text.encode())]
        api.create_commit(made.repo_id, operations, commit_message="A bundle that kgan exported", repo_type="model")
    except (
        OSError,
        RuntimeError,
        hub.errors.HfHubHTTPError,
        hub.errors.HTTPError,
    ) as error:
        left = f" {made} exists; if it is new, it is empty: push again, or delete it there." if made else ""
        raise OSError(
            f"Expected {repository} to take the bundle. Received: {type(error).__name__}: {short(error)}. "
            f"{_way_out(error, api.endpoint, hub)}{left}"
        ) from error
    return str(made)


def _way_out(error: Exception, endpoint: str, hub: ModuleType) -> str:
    """What to do about an error of the Hub, or of the way to it."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status in (401, 403) or isinstance(error, hub.errors.LocalTokenNotFoundError):
        return "Log in by hf auth login with a token that may write, or set HF_TOKEN."
    if status is None:
        return f"Look whether {endpoint} can be reached from here."
    if status == 413:
        return "Its files are larger than the Hub takes at once: upload the folder by hf upload-large-folder."
    if status == 429 or status >= 500:
        return "The Hub is busy, or out of order: push again later."
    return f"Look whether the user or organisation exists at {endpoint}, and may have a model of that name."


def _readme(folder: Path, licence: str | None) -> str:
    """The model card, with that licence in the place of its own.

    Raises:
        BundleError: if there is none, or it has no field for the licence.
    """
    path = file_of(folder, README)
    if not path.is_file():
        raise BundleError(f"Expected {path}, the model card. Received: no such file. Export the generator again.")
    text = path.read_text(encoding="utf-8")
    if licence is None:
        return text
    header = re.match(r"---\n(.*?\n)---\n", text, re.DOTALL)
    if header is None or not re.search(r"^license:", header[1], re.MULTILINE):
        raise BundleError(
            f"Expected {path} to begin with lines between --- and ---, with license: among them. Received: none to put "
            f"{licence} in. Write them, or leave licence out."
        )
    stated = re.sub(r"^license:.*$", f"license: {licence}", header[1], flags=re.MULTILINE)
    said = text[header.end() :].replace("above is `unknown` until its owner states one", f"is `{licence}`")
    return f"---\n{stated}---\n{said}"
