"""The page as a folder, and what is refused before one is written."""

import doctest
import json
import subprocess
import sys

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import helper

import kgan
import noise_networks
import picture_networks
from games import small_dcgan
from kgan.export import explorer
from kgan.export.explorer import folder, runtime
from kgan.export.portable.bundle_file import BundleError
from kgan.export.portable.latents import Sampler

pytestmark = pytest.mark.usefixtures("needs_runtime")


def names(path):
    return sorted(str(one.relative_to(path)) for one in path.rglob("*") if one.is_file())


def test_a_folder_holds_the_page_the_network_the_runtime_and_its_licence(classes, tmp_path):
    page = explorer.write(classes, tmp_path / "public" / "page")
    assert set(names(page)) >= {"index.html", "style.css", "main.js", "worker.js", "latents.js", "generator.onnx"}
    assert {"runtime/LICENSE", "runtime/ThirdPartyNotices.txt", *(f"runtime/{one}" for one in runtime.FILES)} == {
        one for one in names(page) if one.startswith("runtime/")
    }
    known = json.loads((page / "facts.json").read_text())
    assert (known["title"], known["classes"]) == ("run", ["Flags", 'Food, "hot"', "7"])
    assert [one["name"] for one in known["directions"]] == list(Sampler(classes).directions)
    assert known["bytes"]["network"] == (page / "generator.onnx").stat().st_size
    assert sorted(tmp_path.iterdir()) == [tmp_path / "public"]
    assert list((tmp_path / "public").iterdir()) == [page]


def test_a_page_takes_the_place_of_an_earlier_one_and_of_nothing_else(classes, tmp_path):
    page = explorer.write(classes, tmp_path / "page", title="One")
    (page / "left.txt").touch()
    assert json.loads((explorer.write(classes, page, title="Two") / "facts.json").read_text())["title"] == "Two"
    assert not (page / "left.txt").exists()
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.tex").touch()
    with pytest.raises(FileExistsError, match="earlier page. Received: a folder of something else. Choose another"):
        explorer.write(classes, other)
    assert names(other) == ["thesis.tex"]
    with pytest.raises(FileExistsError, match="Received: a file"):
        explorer.write(classes, other / "thesis.tex")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["other", "page"]


def test_an_error_leaves_the_earlier_page_and_nothing_beside_it(classes, tmp_path, monkeypatch):
    page = explorer.write(classes, tmp_path / "page", title="One")
    monkeypatch.setattr(folder, "contents", lambda *_, **__: {"index.html": b"", "gone.js": tmp_path / "gone.js"})
    with pytest.raises(FileNotFoundError):
        explorer.write(classes, page)
    assert json.loads((page / "facts.json").read_text())["title"] == "One"
    assert list(tmp_path.iterdir()) == [page]


def test_sliders_of_a_file_take_the_place_of_those_in_the_bundle(classes, tmp_path):
    file = tmp_path / "sliders.json"
    kgan.latent_tools.Directions(("smile",), np.eye(4, dtype=np.float32)[:1]).save(file)
    known = json.loads(folder.contents(classes, directions=file)["facts.json"])
    assert known["directions"] == [{"name": "smile", "vector": [1.0, 0.0, 0.0, 0.0]}]
    kgan.latent_tools.Directions(("smile",), np.eye(5, dtype=np.float32)[:1]).save(tmp_path / "other.json")
    with pytest.raises(BundleError, match="Expected directions of size 4, as the latents. Received: smile of 5"):
        folder.contents(classes, directions=tmp_path / "other.json")
    translator = picture_networks.identity(tmp_path / "generator.onnx")
    with pytest.raises(BundleError, match="Expected no directions for a network that takes pictures"):
        folder.contents(translator, directions=file)


def test_what_a_page_cannot_show_is_refused_by_name(tmp_path):
    with pytest.raises(BundleError, match=r"Expected a generator.onnx that kgan exported. Received: .*gone"):
        folder.contents(tmp_path / "gone")
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no graph")
    with pytest.raises(BundleError, match=r"Received: .*broken.onnx, which onnxruntime cannot open"):
        folder.contents(broken)
    points = noise_networks.write(tmp_path / "points.onnx", shape=(2,))
    with pytest.raises(BundleError, match="Expected an export of images. Received: samples of shape"):
        folder.contents(points)


def test_latents_that_a_browser_cannot_draw_are_refused(classes, tmp_path):
    model = onnx.load(classes / "generator.onnx")
    facts = {one.key: one.value for one in model.metadata_props} | {"kgan_latent_distribution": "my>own"}
    helper.set_model_props(model, facts)
    onnx.save(model, tmp_path / "generator.onnx")
    with pytest.raises(BundleError, match=r"Expected latents from one of: normal, .* Received: 'my>own'"):
        folder.contents(tmp_path / "generator.onnx")


@pytest.mark.slow
def test_a_bundle_that_is_not_the_one_of_its_card_is_refused(tmp_path):
    bundle = kgan.export.save(small_dcgan(), tmp_path / "bundle", formats=("onnx",))
    with (bundle / "generator.onnx").open("ab") as file:
        file.write(b"\0")
    with pytest.raises(BundleError, match="Expected .*generator.onnx as it was when card.json was written"):
        folder.contents(bundle)


@pytest.mark.slow
def test_optional_inputs_are_inputs_or_gone(tmp_path):
    """onnxruntime-web takes no optional ones: truncation is given, noise is what it is without."""
    generator = kgan.architectures.stylegan2_generator((8, 8, 3), 4, width=2, max_width=4, mapping_layers=1, seed=0)
    discriminator = kgan.architectures.stylegan2_discriminator((8, 8, 3), 2, max_width=4, mapping_layers=1, seed=1)
    bundle = kgan.export.save(kgan.GAN(generator, discriminator), tmp_path / "styles", formats=("onnx",))
    content = folder.contents(bundle)
    assert json.loads(content["facts.json"])["truncation"] == "styles"
    session = onnxruntime.InferenceSession(content["generator.onnx"])
    assert [one.name for one in session.get_inputs()] == ["latents", "truncation_psi", "style_offset"]
    assert session.get_overridable_initializers() == []
    z = Sampler(bundle).latents(2, seed=1)
    given = {"truncation_psi": np.float32([0.3, 0.3]), "style_offset": np.zeros((2, 4), np.float32)}
    (drawn,) = session.run(None, {"latents": z, **given})
    np.testing.assert_allclose(drawn, Sampler(bundle).sample(2, seed=1, truncation_psi=0.3), atol=1e-5)


def test_a_kgan_without_the_runtime_says_what_to_type(classes, tmp_path, monkeypatch):
    monkeypatch.setattr(runtime, "FOLDER", tmp_path)
    monkeypatch.setattr(runtime.damaged, "__defaults__", (tmp_path,))
    with pytest.raises(
        explorer.RuntimeMissingError, match="Type python -m kgan.export.explorer.runtime, which fetches"
    ):
        explorer.write(classes, tmp_path / "page")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_page_is_made_without_tensorflow(classes, tmp_path):
    script = "import sys; from kgan_cli import light; light.part('explorer.folder').write(*sys.argv[1:]); "
    script += "print([one for one in ('kgan', 'tensorflow', 'keras') if one in sys.modules])"
    command = [sys.executable, "-c", script, str(classes), str(tmp_path / "page")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.slow
def test_the_example_of_write_runs_as_it_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (test,) = doctest.DocTestFinder().find(folder.write, "write", module=False, globs={"kgan": kgan})
    said = []
    doctest.DocTestRunner().run(test, out=said.append)
    assert not said, "".join(said)
