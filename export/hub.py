"""A bundle on the Hugging Face Hub: verified first, then one commit of the files that its card lists.

It imports nothing of kgan but `portable/`, so that `kgan push` starts without TensorFlow.
"""

import os
import re
from pathlib import Path
from types import ModuleType

from .licences import read, stated
from .portable.card_file import CARD, README, card_of, file_of
from .portable.checks import BundleError, checked_licence, short
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
        licence: Of the weights, by the name that the Hub has for it, `"cc-by-4.0"`; the uploaded `README.md`
            and `card.json` say it, those of a further network within the bundle too. `None` leaves what stands there.
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
    if licence is not None:
        checked_licence(licence)
    folder = Path(bundle)
    if not verify(folder).is_compared:
        raise BundleError(
            f"Expected a bundle of which a network gives here what Keras gave. Received: {folder}, of which nothing "
            f"was run. Export the generator with 'onnx' among the formats, or upload the folder by hf upload."
        )
    files = {name: file_of(folder, name) for name in (*card_of(folder)["sha256"], CARD)}
    written = {README: read(folder)} if licence is None else stated(folder, licence)
    try:
        import huggingface_hub as hub
    except ImportError as error:
        raise ImportError(
            "Expected huggingface_hub to push with. Received: it is not installed. pip install 'kgan[hub]' brings it."
        ) from error
    sent: dict[str, str | bytes] = {**{name: str(path) for name, path in files.items()}, **written}
    adds = [hub.CommitOperationAdd(name, content) for name, content in sent.items()]
    api, made = hub.HfApi(endpoint=endpoint), None
    try:
        made = api.create_repo(repository, repo_type="model", private=private, exist_ok=True)
        api.create_commit(made.repo_id, adds, commit_message="A bundle that kgan exported", repo_type="model")
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
