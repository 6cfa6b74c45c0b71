"""Bundles that came from anyone are run, or refused by name; so are pictures given to them."""

import json
import tempfile
from pathlib import Path

import onnx
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import picture_networks
from damage import changed, damaged, fuzzed, names, own_errors
from kgan.export.portable import apply, sampler


def tiny_onnx(metadata):
    """Doubles two latents; what kgan's exports carry, as given."""
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Add", ["latents", "latents"], ["samples"])],
        "doubled",
        [onnx.helper.make_tensor_value_info("latents", onnx.TensorProto.FLOAT, ["batch", 2])],
        [onnx.helper.make_tensor_value_info("samples", onnx.TensorProto.FLOAT, ["batch", 2])],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=9)
    onnx.helper.set_model_props(model, metadata)
    return model.SerializeToString()


METADATA = {
    "kgan_latent_distribution": "normal",
    "kgan_latent_arguments": {},
    "kgan_latent_dim": 2,
    "kgan_sample_shape": [2],
    "kgan_value_range": None,
    "kgan_num_classes": None,
    "kgan_num_tags": None,
}
DISTRIBUTIONS = st.sampled_from(
    [
        ("normal", {}),
        ("uniform", {}),
        ("truncated_normal", {"threshold": 2.0}),
        ("coded", {"noise": 0, "categorical": [2], "continuous": 0}),
        ("cauchy", {}),
    ]
)


def as_text(entry):
    return entry if isinstance(entry, str) else json.dumps(entry)


@st.composite
def bundles(draw):
    distribution, arguments = draw(DISTRIBUTIONS)
    metadata = METADATA | {"kgan_latent_distribution": distribution, "kgan_latent_arguments": arguments}
    try:
        found = json.loads(draw(changed(metadata)))
    except ValueError:
        found = {}
    entries = found.items() if isinstance(found, dict) else ()
    metadata = {key: as_text(entry).encode(errors="replace").decode() for key, entry in entries if "\ud800" not in key}
    content = tiny_onnx(metadata)
    return draw(damaged(content)) if draw(st.integers(0, 4)) == 0 else content


@fuzzed
@given(bundles(), changed({"sha256": {"saved_model/a": "0" * 64, "sampler.py": "1" * 64}}))
def test_a_bundle_of_anyone_s_is_sampled_or_refused_by_name(content, card):
    with tempfile.TemporaryDirectory() as folder:
        bundle, out = Path(folder) / "bundle", Path(folder) / "out"
        bundle.mkdir()
        out.mkdir()
        (bundle / "generator.onnx").write_bytes(content)
        (bundle / "card.json").write_bytes(card)
        before = names(bundle)
        for model in (bundle, bundle / "generator.onnx"):
            with own_errors(sampler.SamplerError):
                sampler.sample_to_file(model, 3, 0, out / "a.npy")
            assert names(out) in ([], ["a.npy"])
        assert names(bundle) == before


PICTURE_METADATA = {
    "kgan_input_shape": [None, None, 3],
    "kgan_sample_shape": [None, None, 3],
    "kgan_scale": 1,
    "kgan_multiple": 4,
    "kgan_input_range": [-1.0, 1.0],
    "kgan_value_range": [-1.0, 1.0],
}


@fuzzed
@given(changed(PICTURE_METADATA))
def test_a_bundle_of_anyone_s_is_applied_to_a_picture_or_refused_by_name(content):
    try:
        found = json.loads(content)
    except ValueError:
        found = {}
    entries = found.items() if isinstance(found, dict) else ()
    lies = {key: as_text(entry).encode(errors="replace").decode() for key, entry in entries if "\ud800" not in key}
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "generator.onnx", Path(folder) / "out.png"
        model = onnx.load(picture_networks.negative(path))
        del model.metadata_props[:]
        onnx.helper.set_model_props(model, lies)
        onnx.save(model, path)
        Image.new("RGB", (9, 7)).save(Path(folder) / "in.png")
        with own_errors(apply.ApplyError):
            apply.apply_to_files(path, Path(folder) / "in.png", out, tile=4)
        assert names(folder) in (["generator.onnx", "in.png"], ["generator.onnx", "in.png", "out.png"])
