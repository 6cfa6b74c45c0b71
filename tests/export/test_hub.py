"""`push`, against a stand-in of the Hub on loopback that takes small files."""

import json
import shutil
import socket
import sys

import cycle_games
import pytest

import kgan
from games import linear_game
from hub_stand_in import hub
from kgan.export import BundleError, card
from kgan.export.hub import push
from kgan.export.portable import runtimes
from kgan.export.portable.verification import verify

pytest.importorskip("huggingface_hub", reason="pip install 'kgan[hub]'")


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    return kgan.export.save(linear_game(), tmp_path_factory.mktemp("pushed") / "bundle", formats=("onnx",))


@pytest.fixture
def bundle(exported, tmp_path):
    return shutil.copytree(exported, tmp_path / "bundle")


@pytest.fixture
def stand_in(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_TOKEN", "hf_none")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    with hub() as running:
        yield running


def test_a_bundle_is_one_commit_of_the_files_of_its_card(bundle, stand_in):
    (bundle / "secret.txt").write_text("mine")
    assert push(bundle, "someone/digits", endpoint=stand_in.endpoint) == f"{stand_in.endpoint}/someone/digits"
    assert stand_in.private == [True]
    listed = json.loads((bundle / "card.json").read_text())["sha256"]
    assert set(stand_in.files) == {*listed, "card.json", "README.md"}
    assert all(content == (bundle / name).read_bytes() for name, content in stand_in.files.items())


def test_a_licence_stands_in_the_uploaded_card(bundle, stand_in):
    before = (bundle / "README.md").read_text()
    push(bundle, "someone/digits", private=False, licence="cc-by-4.0", endpoint=stand_in.endpoint)
    assert stand_in.private == [False]
    text = stand_in.files["README.md"].decode()
    assert "\nlicense: cc-by-4.0\n" in text
    assert "unknown" not in text
    assert "The licence is `cc-by-4.0`; the rights" in text
    assert json.loads(stand_in.files["card.json"])["licence"] == "cc-by-4.0"
    assert (bundle / "README.md").read_text() == before
    assert json.loads((bundle / "card.json").read_text())["licence"] == "unknown"
    (bundle / "README.md").write_text("Mine, without a header.\n")
    with pytest.raises(BundleError, match="with license: among them"):
        push(bundle, "someone/digits", licence="mit", endpoint=stand_in.endpoint)
    push(bundle, "someone/digits", endpoint=stand_in.endpoint)
    assert stand_in.files["README.md"] == b"Mine, without a header.\n"


def written(files, folder):
    """What the Hub took, as a download has it."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def test_what_is_uploaded_with_a_licence_verifies_and_its_text_counts_as_kgan_s(exported, stand_in, tmp_path):
    push(exported, "someone/digits", licence="mit", endpoint=stand_in.endpoint)
    found = written(stand_in.files, tmp_path / "downloaded")
    assert verify(found).is_compared
    assert not card.is_edited(found)
    push(found, "someone/digits", licence="other", endpoint=stand_in.endpoint)
    assert "The licence is `other`; the rights" in stand_in.files["README.md"].decode()
    (found / "README.md").write_text((found / "README.md").read_text() + "Mine.\n")
    push(found, "someone/digits", licence="mit", endpoint=stand_in.endpoint)
    assert stand_in.files["README.md"].endswith(b"Mine.\n")
    assert card.is_edited(written(stand_in.files, found))


def test_both_directions_of_a_translator_have_the_licence(stand_in, tmp_path):
    bundle = kgan.export.save(cycle_games.lines(), tmp_path / "bundle", formats=("onnx",))
    push(bundle, "someone/digits", licence="mit", endpoint=stand_in.endpoint)
    found = written(stand_in.files, tmp_path / "downloaded")
    for folder in (found, found / "b2a"):
        assert json.loads((folder / "card.json").read_text())["licence"] == "mit"
        assert "\nlicense: mit\n" in (folder / "README.md").read_text()
        assert verify(folder).is_compared


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["changed", "missing", "no card", "newer"])
def test_what_does_not_verify_is_not_sent(bundle, stand_in, damage):
    if damage == "changed":
        (bundle / "sampler.py").write_text("other")
    elif damage == "missing":
        (bundle / "generator.onnx").unlink()
    elif damage == "no card":
        (bundle / "card.json").unlink()
    else:
        (bundle / "card.json").write_text('{"schema": 3}')
    with pytest.raises(BundleError):
        push(bundle, "someone/digits", endpoint=stand_in.endpoint)
    assert stand_in.asked == []


def test_what_nobody_compared_with_keras_is_not_sent(stand_in, tmp_path, monkeypatch):
    missing = runtimes.OTHERS["saved_model"]._replace(module="no_such_module")
    monkeypatch.setitem(runtimes.OTHERS, "saved_model", missing)
    bundle = kgan.export.save(linear_game(), tmp_path / "bundle", formats=("saved_model",))
    with pytest.raises(BundleError, match="of which nothing was run. Export the generator with 'onnx'"):
        push(bundle, "someone/digits", endpoint=stand_in.endpoint)
    assert stand_in.asked == []


@pytest.mark.parametrize("repository", ["digits", "a/b/c", "../b", "a/", "a b/c", "a/b\n", ""])
def test_what_is_no_repository_is_refused(exported, stand_in, repository):
    with pytest.raises(ValueError, match="Expected repository as user/name"):
        push(exported, repository, endpoint=stand_in.endpoint)
    assert stand_in.asked == []


@pytest.mark.slow
@pytest.mark.parametrize("licence", ["", "MIT Licence", "mit\nfoo: bar", "../x"])
def test_what_is_no_licence_is_refused(exported, stand_in, licence):
    with pytest.raises(ValueError, match="Expected licence as the Hub calls it"):
        push(exported, "someone/digits", licence=licence, endpoint=stand_in.endpoint)


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (401, "Log in by hf auth login"),
        (403, "Log in by hf auth login"),
        (400, "Look whether the user or organisation exists"),
        (413, "larger than the Hub takes at once"),
        (500, "push again later"),
    ],
)
def test_a_hub_that_refuses_is_named_with_what_to_do(exported, stand_in, status, advice):
    stand_in.refuses = status
    with pytest.raises(OSError, match=f"Expected someone/digits to take the bundle. Received: .*{advice}") as caught:
        push(exported, "someone/digits", endpoint=stand_in.endpoint)
    assert ("hf auth login" in str(caught.value)) == (status in (401, 403))
    assert "it is empty" not in str(caught.value)


def test_a_repository_without_its_commit_is_told(exported, stand_in):
    stand_in.refuses, stand_in.refuses_commits = 403, True
    message = f"{stand_in.endpoint}/someone/digits exists; if it is new, it is empty: push again, or delete it there"
    with pytest.raises(OSError, match=message):
        push(exported, "someone/digits", endpoint=stand_in.endpoint)


def test_a_hub_that_is_not_there_is_told_from_one_that_refuses(exported, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hf_none")
    with socket.socket() as taken:  # and does not listen
        taken.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(OSError, match=f"Look whether {endpoint} can be reached from here.$"):
            push(exported, "someone/digits", endpoint=endpoint)


def test_a_fault_of_kgan_s_own_is_not_blamed_on_the_hub(exported, stand_in, monkeypatch):
    def broken(*arguments, **options):
        raise KeyError("mine")

    monkeypatch.setattr("huggingface_hub.HfApi.create_commit", broken)
    with pytest.raises(KeyError, match="mine"):
        push(exported, "someone/digits", endpoint=stand_in.endpoint)


def test_without_the_extra_it_is_named(exported, monkeypatch):
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ImportError, match=r"pip install 'kgan\[hub\]'"):
        push(exported, "someone/digits")
