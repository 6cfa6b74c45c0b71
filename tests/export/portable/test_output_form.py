"""Samples are float32 with channels last, whatever the file gives."""

import json

import numpy as np
import onnx
import pytest

from kgan.export.portable import sampler
from kgan.export.portable.output_form import OutputForm

TABLE = np.random.RandomState(0).uniform(-1.2, 1.2, (2, 3, 5, 3)).astype(np.float32)  # two images of 3 x 5 in colour


def network(path, layout="nhwc", pixels="float32", output=None, **metadata):
    """A generator that gives the first image, or the second where the only latent is positive, in that form."""
    images = np.moveaxis(TABLE, -1, 1) if layout == "nchw" else TABLE
    if pixels == "uint8":
        images = np.clip(np.rint((images + 1) * 127.5), 0, 255).astype(np.uint8)
    shape = ", ".join(map(str, images.shape[1:]))
    kind = "uint8" if images.dtype == np.uint8 else "float"
    model = onnx.parser.parse_model(
        f"""<ir_version: 9, opset_import: ["" : 18]>
        chosen (float[batch, 1] latents) => ({kind}[batch, {shape}] images) <float zero = {{0}}, int64[1] last = {{1}}>
        {{ flat = Squeeze (latents, last) above = Greater (flat, zero) row = Cast <to = 7> (above)
           images = Gather <axis = 0> (table, row) }}"""
    )
    model.graph.initializer.append(onnx.numpy_helper.from_array(images, "table"))
    facts = {"latent_dim": 1, "sample_shape": [3, 5, 3], "value_range": [-1, 1], "num_classes": None}
    facts |= {"layout": layout, "pixels": pixels} | metadata
    texts = {f"kgan_{key}": json.dumps(value) for key, value in facts.items()} | {"kgan_latent_distribution": "normal"}
    onnx.helper.set_model_props(model, texts)
    onnx.save(model, path)
    return path


@pytest.mark.parametrize("layout", ["nhwc", "nchw"])
@pytest.mark.parametrize("pixels", ["float32", "uint8"])
def test_samples_come_with_channels_last_in_the_value_range(tmp_path, layout, pixels):
    drawn = sampler.Sampler(network(tmp_path / "g.onnx", layout, pixels))
    found = np.concatenate(list(drawn.of_latents([[-1.0], [1.0], [-1.0]])))
    expected = TABLE[[0, 1, 0]]
    assert (found.shape, found.dtype) == (expected.shape, np.float32)
    if pixels == "uint8":
        np.testing.assert_allclose(found, np.rint((np.clip(expected, -1, 1) + 1) * 127.5) / 127.5 - 1, atol=1e-6)
    else:
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("layout", ["nhwc", "nchw"])
def test_a_grid_shows_the_grey_levels_that_the_file_gives(tmp_path, layout):
    for pixels in ("float32", "uint8"):
        model = network(tmp_path / f"{pixels}.onnx", layout, pixels)
        sampler.run(model, tmp_path / f"{pixels}.png", count=9, seed=0)
    assert (tmp_path / "float32.png").read_bytes() == (tmp_path / "uint8.png").read_bytes()


@pytest.mark.parametrize(
    "metadata",
    [
        {"layout": "hwcn"},
        {"layout": 1},
        {"layout": ["nchw"]},
        {"pixels": "int8"},
        {"pixels": None},
        {"pixels": "uint8", "value_range": None},
    ],
)
def test_a_form_that_kgan_does_not_write_is_refused(tmp_path, metadata):
    with pytest.raises(sampler.SamplerError, match="without kgan's metadata"):
        sampler.Sampler(network(tmp_path / "g.onnx", **{"layout": "nhwc", "pixels": "float32"} | metadata))


@pytest.mark.parametrize(("shape", "value_range"), [((3,), (-1, 1))])
def test_channels_first_need_another_axis(shape, value_range):
    with pytest.raises(ValueError, match=r"layout=nchw of samples of shape \(3,\)"):
        OutputForm(shape, value_range, "nchw", "float32")


def test_another_form_than_the_file_says_is_refused(tmp_path):
    path = network(tmp_path / "g.onnx", pixels="uint8")
    model = onnx.load(path)
    for entry in model.metadata_props:
        if entry.key == "kgan_pixels":
            entry.value = '"float32"'
    onnx.save(model, path)
    with pytest.raises(sampler.SamplerError, match="Expected float32 samples of shape .*Received: uint8"):
        sampler.Sampler(path).sample(1)
