"""README.md of a bundle: a model card as the Hugging Face Hub reads it, with what is known and nothing else."""

import copy
import json
import re
import shutil

import pytest

import kgan
from games import linear_game, small_dcgan
from kgan import latents
from kgan.export import card
from kgan.export.model_card import model_card

NAMES = ["Flags", "a|b", "<script>", "`x`\n# y", "---\nlicense: mit", "日本", "*c*", "[d](e)", "x: {y}", ""]
FIGURE = {"label": "Frechet distance (digits)", "against": "held-out reals", "value": 12.345, "floor": None}


@pytest.fixture(scope="module")
def named(tmp_path_factory):
    gan = small_dcgan(num_classes=10)
    gan.class_names = NAMES
    return gan, kgan.export.save(gan, tmp_path_factory.mktemp("named") / "bundle")


@pytest.fixture
def bundle(named, tmp_path):
    return shutil.copytree(named[1], tmp_path / "bundle")


def header(text):
    hub = pytest.importorskip("huggingface_hub", reason="the Hub's own reader comes with kgan[hub]")
    return hub.ModelCard(text).data.to_dict()


def test_the_hub_reads_the_front_matter_whatever_classes_are_called(named):
    text = (named[1] / "README.md").read_text()
    assert header(text) == {
        "library_name": "kgan",
        "license": "unknown",
        "pipeline_tag": "unconditional-image-generation",
        "tags": ["gan", "kgan", "keras", "onnx"],
    }
    assert text.count("\n---\n") == 1


def test_names_of_classes_are_shown_letter_by_letter(named):
    text = (named[1] / "README.md").read_text()
    assert r"10: 0 Flags; 1 a\|b; 2 &lt;script>; 3 \`x\` \# y; 4 --- license: mit; 5 日本; 6 \*c\*; 7 \[d\](e)" in text


def test_it_says_how_many_nodes_the_graph_has(named):
    content = json.loads((named[1] / "card.json").read_text())
    nodes = content["artefacts"]["onnx"]["nodes"]
    text = (named[1] / "README.md").read_text()
    assert (
        f"has {sum(nodes['written'].values())} nodes, where the converter wrote {sum(nodes['converted'].values())}."
        in text
    )
    del content["artefacts"]["onnx"]["nodes"]  # of an earlier kgan
    assert "the converter wrote" not in model_card(content)


def test_the_code_is_for_what_the_network_takes(named):
    gan, folder = named
    text = (folder / "README.md").read_text()
    assert f'drawLatents("normal", 1, {gan.latent_dim}, 0)' in text
    assert 'new ort.Tensor("int64", BigInt64Array.of(0n), [1])' in text
    assert 'CreateFromTensor("labels", new DenseTensor<long>' in text
    coded = linear_game(6, 3, latents=latents.Coded(noise=2, categorical=(3,), continuous=1))
    content = json.loads((folder / "card.json").read_text())
    exported = kgan.export.Signature.of(coded).exported
    content |= {**exported.card, "inputs": {"latents": {"shape": ["batch", 6], "dtype": "float32"}}}
    text = model_card(content)
    assert 'drawLatents("coded", 1, 6, 0, { noise: 2, categorical: [3], continuous: 1 })' in text
    assert "Kgan.Latents.DrawCoded(1, 0, 2, new int[] { 3 }, 1)" in text
    assert "labels" not in text


def test_pictures_in_another_form_than_keras_s_are_said_to_be(named):
    content = copy.deepcopy(json.loads((named[1] / "card.json").read_text()))
    assert "itself gives" not in model_card(content)
    assert "float[] values = results.First().AsTensor<float>()" in model_card(content)
    content["artefacts"]["onnx"] |= {"layout": "nchw", "pixels": "uint8"}
    text = model_card(content)
    assert "`generator.onnx` itself gives them with channels first and 8 bits, 0 to 255." in text
    assert "byte[] values = results.First().AsTensor<byte>()" in text


def test_python_in_the_card_runs_as_it_stands(bundle, monkeypatch):
    monkeypatch.chdir(bundle)
    monkeypatch.syspath_prepend(str(bundle))
    (code,) = re.findall(r"```python\n(.*?)```", (bundle / "README.md").read_text(), re.DOTALL)
    names = {}
    exec(code, names)
    assert names["samples"].shape == (64, 8, 8, 1)


def test_figures_are_those_of_the_evaluation(bundle):
    assert "These weights were not evaluated." in (bundle / "README.md").read_text()
    card.note(bundle, evaluation={"date": "2026-11-27", "figures": [FIGURE]})
    text = (bundle / "README.md").read_text()
    assert "Measured on 2026-11-27." in text
    assert "| Frechet distance (digits) | held-out reals | 12.35 | - |" in text
    assert kgan.export.verify(bundle).others == []


def test_what_a_run_knows_stands_in_the_card(named):
    content = copy.deepcopy(json.loads((named[1] / "card.json").read_text()))
    origin = {"data": "my_photos", "recipe": "dcgan", "recipe_source": "Radford et al., 2015", "epoch": 3, "step": 1200}
    text = model_card({**content, "origin": {**origin, "because": "the last, as asked for"}})
    assert "# A generator of my\\_photos\n" in text
    assert "- Recipe: `dcgan`, after Radford et al., 2015\n" in text
    assert "- Weights of epoch 3 (step 1,200), the last, as asked for." in text


def test_a_network_of_pictures_is_a_task_of_its_own(named):
    content = json.loads((named[1] / "card.json").read_text())
    shape = ["batch", "height", "width", 3]
    content |= {"inputs": {"image": {"shape": shape, "dtype": "float32"}}, "runner": "apply.py"}
    content |= {
        "outputs": {"generated": {"shape": shape, "dtype": "float32"}},
        "num_classes": None,
        "class_names": None,
    }
    text = model_card(content)
    assert header(text)["pipeline_tag"] == "image-to-image"
    assert "python apply.py in.png --out out.png" in text
    assert "[1, 256, 256, 3]" in text


def test_a_text_that_somebody_edited_stays_when_the_bundle_is_written_anew(named, bundle):
    gan = named[0]
    (bundle / "README.md").write_text("mine")
    card.note(bundle, evaluation={"date": "2026-11-27", "figures": [FIGURE]})
    assert (bundle / "README.md").read_text() == "mine"
    kgan.export.save(gan, bundle, formats=("onnx",))
    assert (bundle / "README.md").read_text() == "mine"
    (bundle / "README.md").unlink()
    kgan.export.save(gan, bundle, formats=("onnx",))
    first = (bundle / "README.md").read_text()
    gan.class_names = [f"class {number}" for number in range(10)]
    try:
        kgan.export.save(gan, bundle, formats=("onnx",))
    finally:
        gan.class_names = NAMES
    assert "0 class 0; 1 class 1" in (bundle / "README.md").read_text() != first
