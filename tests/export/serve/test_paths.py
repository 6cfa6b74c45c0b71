"""What the server tells of itself: facts, health, counters, its page, and files that it shows beside."""

import base64
import io
import json
import re
import shutil
import subprocess

import film_networks
import numpy as np
import pytest
import wave_networks
import wave_runs

import chromium
import noise_networks
import picture_networks
from served import Served


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("animals")
    path = noise_networks.write(folder / "generator.onnx", num_classes=3, class_names=["cat", "dog", "<owl>"])
    (folder / "asset.js").write_text("1")
    page = {"index.html": b"<p>the explorer</p>", "asset.js": folder / "asset.js"}
    with Served(path, {"/explore": page}) as one:
        yield one


@pytest.fixture(scope="module")
def of_pictures(tmp_path_factory):
    path = picture_networks.negative(tmp_path_factory.mktemp("pictures") / "generator.onnx")
    with Served(path) as one:
        yield one


@pytest.fixture(scope="module")
def of_films(tmp_path_factory):
    with Served(film_networks.brighter(tmp_path_factory.mktemp("films") / "generator.onnx"), pixels=10_000) as one:
        yield one


@pytest.fixture(scope="module")
def of_waves(tmp_path_factory):
    with Served(wave_networks.vocoder(tmp_path_factory.mktemp("waves") / "generator.onnx")) as one:
        yield one


def test_the_bundle_says_what_it_takes(served, of_pictures):
    told = json.loads(served.ask("GET", "/bundle").content)
    assert (told["name"], told["takes"], told["sample_shape"]) == (served.loaded.name, "latents", [8, 8, 3])
    assert (told["class_names"], told["formats"]) == (["cat", "dog", "<owl>"], ["png", "zip", "npz"])
    assert told["limits"] == {"count": 256, "body": 2**23, "pixels": 2**22, "queue": 64, "timeout": 60}
    assert json.loads(of_pictures.ask("GET", "/bundle").content)["takes"] == "pictures"


def test_the_openapi_says_what_labels_there_are(served):
    told = json.loads(served.ask("GET", "/openapi.json").content)
    fields = told["paths"]["/generate"]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]
    assert fields["labels"]["anyOf"][1]["enum"] == ["cat", "dog", "<owl>"]
    assert fields["count"]["anyOf"][0]["maximum"] == 256
    assert set(told["paths"]) == {"/generate", "/bundle", "/healthz", "/metrics"}


def counter(served, name):
    found = re.search(rf"^{re.escape(name)} (\S+)$", served.ask("GET", "/metrics").content.decode(), re.M)
    return 0.0 if found is None else float(found[1])


def test_the_counters_count(served):
    names = ['kgan_requests_total{path="/generate",status="200"}', 'kgan_requests_total{path="other",status="404"}']
    names += ['kgan_requests_total{path="/generate",status="422"}', "kgan_run_rows_sum", "kgan_requests_inside"]
    before = [counter(served, name) for name in names]
    served.generate(count=70, format="npz")
    served.generate(count=0)
    served.ask("GET", "/a-path-that-a-stranger-made-up")
    after = [counter(served, name) for name in names]
    assert [b - a for a, b in zip(before, after, strict=True)] == [1, 1, 1, 70, 0]
    assert "made-up" not in served.ask("GET", "/metrics").content.decode()
    assert counter(served, "process_resident_memory_bytes") > 10_000_000


def test_files_beside_are_shown_and_no_others(served):
    page = served.ask("GET", "/explore/")
    assert (page.status, page.content) == (200, b"<p>the explorer</p>")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    asset = served.ask("GET", "/explore/asset.js")
    assert (asset.content, asset.headers["Content-Type"]) == (b"1", "text/javascript; charset=utf-8")
    assert served.ask("GET", "/explore").headers["Location"] == "/explore/"
    for path in ("/explore/../generator.onnx", "/explore/..%2fgenerator.onnx", "/explore/nothing"):
        assert served.ask("GET", path).status == 404, path
    assert served.ask("POST", "/explore/", b"").status == 405
    assert served.ask("HEAD", "/explore/").content == b""


@pytest.mark.parametrize("which", ["served", "of_pictures", "of_films", "of_waves"])
def test_the_page_names_nothing_elsewhere(request, which):
    one = request.getfixturevalue(which)
    assert one.ask("GET", "/").headers["Location"] == "docs"
    answer = one.ask("GET", "/docs")
    page = answer.content.decode()
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    named = {link for link in re.findall(r'(?:src|href)="([^"]*)"', page)}
    assert named == {"data:,", "openapi.json"} | ({"explore/"} if which == "served" else set())
    assert set(re.findall(r"https?://[\w.:]+", page)) == {f"http://127.0.0.1:{one.port}"}
    assert "<owl>" not in page


@pytest.mark.skipif(chromium.browser() is None, reason="chromium is not installed")
def test_the_page_draws_and_says_what_is_wrong(served):
    with chromium.chromium() as page:
        page.open(f"http://127.0.0.1:{served.port}/docs")
        page.run("document.querySelector('[name=seed]').value = 5; document.querySelector('button').click()")
        page.wait("document.querySelector('#shown img')?.naturalWidth > 0")
        assert page.run("document.querySelector('#said').textContent").endswith(", seed 5")
        page.run("document.querySelector('[name=count]').value = 1000; document.querySelector('button').click()")
        page.wait("document.querySelector('#said').textContent.startsWith('Expected count as a whole number from 1')")
        assert {re.match(r"(?:blob:|data:)?(http://127.0.0.1:\d+)?", one)[1] for one in page.requests} <= {
            f"http://127.0.0.1:{served.port}",
            None,
        }


PUT = """
const held = new DataTransfer();
held.items.add(new File([Uint8Array.from(atob("%s"), (one) => one.charCodeAt(0))], "%s", {type: "%s"}));
document.querySelector("[name=file]").files = held.files;
document.querySelector("button").click();
"""


@pytest.mark.slow
@pytest.mark.skipif(chromium.browser() is None, reason="chromium is not installed")
def test_the_page_shows_films_and_plays_waves(of_films, of_waves):
    with chromium.chromium() as page:
        page.open(f"http://127.0.0.1:{of_films.port}/docs")
        page.run("document.querySelector('[name=frames]').value = 2")
        page.run(PUT % (npy_in_text(film_networks.film()), "film.npy", ""))
        page.wait("document.querySelector('#shown img')?.naturalWidth > 0")
        page.run("document.querySelector('[name=frames]').value = 0; document.querySelector('form').noValidate = true")
        page.run("document.querySelector('button').click()")
        page.wait("document.querySelector('#said').textContent.startsWith('Expected no options in the address but')")
        page.open(f"http://127.0.0.1:{of_waves.port}/docs")
        page.run(PUT % (npy_in_text(np.full((20, wave_runs.MELS), -2.0, np.float32)), "mel.npy", ""))
        page.wait("document.querySelector('#shown audio')?.duration > 0")
        assert page.run("document.querySelector('#shown audio').duration") == 20 * wave_runs.HOP / wave_runs.RATE


def npy_in_text(values):
    content = io.BytesIO()
    np.save(content, values)
    return base64.b64encode(content.getvalue()).decode()


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("schemathesis") is None, reason="schemathesis is not installed; .ci/run does")
@pytest.mark.parametrize("which", ["served", "of_pictures", "of_films", "of_waves"])
def test_schemathesis_finds_nothing_in_the_openapi(request, tmp_path, which):
    one = request.getfixturevalue(which)
    command = ["schemathesis", "run", f"http://127.0.0.1:{one.port}/openapi.json", "--max-examples", "100"]
    # A schema cannot say that there are no more labels than samples, nor what a picture is.
    command += ["--seed", "1", "--exclude-checks", "positive_data_acceptance"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
