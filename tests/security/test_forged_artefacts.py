"""Bundles and runs that say what is not so are refused by what is wrong."""

import json

import numpy as np
import onnx
import pytest

from kgan import latents, run
from kgan.export.portable import sampler
from strangers import run_folder, tiny_onnx

GENERATOR = {"architecture": "dcgan_generator"}


def test_a_small_network_with_true_metadata_is_sampled(tmp_path):
    drawn = sampler.Sampler(tiny_onnx(tmp_path / "generator.onnx")).sample(5, seed=0)
    np.testing.assert_array_equal(drawn, 2 * latents.get("normal").draw(5, 2, 0))


@pytest.mark.parametrize(
    ("forged", "message"),
    [
        ({"latent_dim": str(10**12)}, "latent_dim=1000000000000"),
        ({"latent_dim": "3"}, "inputs .* where .*3.* were due"),
        ({"latent_dim": "true"}, "latent_dim=True"),
        ({"latent_dim": "two"}, "kgan_latent_dim=two"),
        ({"sample_shape": "[1000000, 1000000]"}, "outputs of shape"),
        ({"sample_shape": "[-2]"}, "sample_shape"),
        ({"sample_shape": "2"}, "sample_shape"),
        ({"sample_shape": "[" * 50_000}, "kgan_sample_shape"),
        ({"sample_shape": "1" * 200_000}, "kgan_sample_shape of 200,000 characters"),
        ({"value_range": "[1, -1]"}, "value_range"),
        ({"value_range": "[NaN, 1]"}, "value_range"),
        ({"value_range": "[0, 1, 2]"}, "value_range"),
        ({"num_classes": "1000000000000"}, "num_classes"),
        ({"num_classes": "0"}, "num_classes"),
        ({"num_classes": "3"}, "inputs"),  # the network takes no labels
        ({"num_tags": "3"}, "inputs"),
        ({"num_classes": "3", "num_tags": "3"}, "both classes and tags"),
        ({"latent_arguments": '{"threshold": 2.0}'}, "latent_arguments"),
        ({"latent_distribution": "truncated_normal"}, "latent_arguments"),
        ({"latent_distribution": "truncated_normal", "latent_arguments": '{"threshold": 1e-30}'}, "threshold"),
        (
            {
                "latent_distribution": "coded",
                "latent_arguments": '{"noise": 2000000000, "categorical": [], "continuous": 0}',
            },
            "noise",
        ),
    ],
)
def test_an_onnx_file_that_says_what_is_not_so_is_refused(tmp_path, forged, message):
    path = tiny_onnx(tmp_path / "generator.onnx", **forged)
    with pytest.raises(sampler.SamplerError, match=f"(?s)Expected a generator.onnx that kgan exported.*{message}"):
        sampler.Sampler(path)


@pytest.mark.parametrize("location", ["../secret", "secret", "link"])
def test_an_onnx_file_cannot_read_weights_outside_its_folder(tmp_path, location):
    (tmp_path / "secret").write_bytes(np.arange(2, dtype=np.float32).tobytes())
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "link").symlink_to(tmp_path / "secret")
    model = onnx.load(tiny_onnx(folder / "generator.onnx"))
    model.graph.node[0].input[1] = "secret"
    weights = model.graph.initializer.add(name="secret", data_type=onnx.TensorProto.FLOAT, dims=[2])
    weights.data_location = onnx.TensorProto.EXTERNAL
    where = str(tmp_path / "secret") if location == "secret" else location
    weights.external_data.add(key="location", value=where)
    (folder / "generator.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(sampler.SamplerError, match="External data path"):
        sampler.Sampler(folder)


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ("{", "as kgan.export.save writes it"),
        ('{"sha256": {}, "sha256": {}}', "the key 'sha256' twice"),
        ('{"sha256": {}, "value_range": [NaN, 1.0]}', "NaN, which is no number"),
        ('{"sha256": {}, "value_range": [0, 1e999]}', "1e999, which is no number"),
        ('{"sha256": {}, "schema": true}', "schema=True"),
        ('{"sha256": {}, "schema": 2}', "KeyError: 'kgan_version'"),
        ("[]", "as kgan.export.save writes it"),
        ("[" * 100_000, "RecursionError"),
        ('{"sha256": ["generator.onnx"]}', "sha256 of type list"),
        ('{"sha256": {"generator.onnx": "no digest"}}', "no SHA-256 of generator.onnx"),
        (json.dumps({"sha256": {"../generator.onnx": "0" * 64}}), "a file outside the bundle"),
        (json.dumps({"sha256": {"/etc/passwd": "0" * 64}}), "a file outside the bundle"),
        (json.dumps({"sha256": {"a\\..\\b": "0" * 64}}), "a file outside the bundle"),
        (json.dumps({"sha256": {"C:x": "0" * 64}}), "a file outside the bundle"),
        (json.dumps({"sha256": {"": "0" * 64}}), "a file outside the bundle"),
        (json.dumps({"sha256": {"a\0b": "0" * 64}}), r"a file of the name a.x00b"),
        (json.dumps({"sha256": {"generator.onnx": "0" * 64}}), "Received: other content"),
    ],
)
def test_a_card_that_kgan_did_not_write_is_refused(tmp_path, card, message):
    tiny_onnx(tmp_path / "generator.onnx")
    (tmp_path / "card.json").write_text(card)
    with pytest.raises(sampler.SamplerError, match=message):
        sampler.Sampler(tmp_path)
    sampler.Sampler(tmp_path / "generator.onnx")  # by its own name, it does without the card


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ({"epochs": 10**12}, "Expected epochs of at most 100,000"),
        ({"epochs": True}, "Expected epochs as a whole number. Received: epochs=True"),
        ({"epochs": "3"}, "Expected epochs as a whole number. Received: epochs='3'"),
        ({"batch_size": 0}, "Expected batch_size >= 1"),
        ({"generator": GENERATOR | {"latent_dim": 10**12}}, "Expected latent_dim for which 16 GiB of memory suffice"),
        ({"generator": GENERATOR | {"width": 10**9}}, "Expected generator.width for which 16 GiB"),
        (
            {"discriminator": {"architecture": "dcgan_discriminator", "width": 10**40}},
            "Expected discriminator.width for which 16 GiB",
        ),
        ({"generator": {"architecture": "os.system"}}, "Expected generator.architecture to be one of"),
        ({"loss": None}, "Expected loss as a loss: a name, or a table with name. Received: loss=None"),
        ({"source": "\0"}, "Expected source as a word"),
        ({"penalties": {"r1": {"gamma": float("nan")}}}, "Expected penalties.r1.gamma as a number"),
        ({"data": {"data_dir": "/"}}, "Received: data.data_dir"),
    ],
)
def test_a_run_that_asks_for_what_cannot_be_is_refused(tmp_path, recipe, message):
    with pytest.raises(run.RunError, match=f"(?s)Expected .*config.json as kgan train writes it.*{message}"):
        run.Run(run_folder(tmp_path / "run", **recipe))
