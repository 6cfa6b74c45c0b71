"""float16 halves the bytes, and keeps statistics in float32."""

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
from onnx_graphs import graph_of, outputs

import kgan
from games import small_dcgan
from kgan.export import card, parity
from kgan.export.graph.half import compute_in_half
from kgan.export.portable import sampler

RANDOM = np.random.RandomState(0)
X = RANDOM.randn(4, 6).astype(np.float32)
KERNEL = RANDOM.randn(6, 6).astype(np.float32)


def types(graph):
    """What each operator gives, in order."""
    known = graph.dtypes()
    return [(node.op_type, known[node.output[0]].name) for node in graph.nodes]


def test_what_is_between_input_and_output_is_computed_in_float16(tmp_path):
    graph = graph_of("g (float[n,6] x) => (float[n,6] z) { y = MatMul(x, k)  z = Tanh(y) }", k=KERNEL)
    before = outputs(graph, tmp_path, x=X)[0]
    compute_in_half(graph)
    assert types(graph) == [("Cast", "float16"), ("MatMul", "float16"), ("Tanh", "float16"), ("Cast", "float32")]
    assert [value.dtype for value in graph.constants.values()] == [np.float16]
    after = outputs(graph, tmp_path, x=X)[0]
    assert after.dtype == np.float32
    assert 0.0 < np.abs(after - before).max() < 0.02


def test_the_square_root_of_squares_is_computed_in_float32(tmp_path):
    """300 squared is beyond float16, and so is what keeps a square root away from 0."""
    text = """g (float[n,6] x) => (float[n,6] z) {
        s = Mul(x, x)  m = ReduceMean<keepdims=1>(s, last)  e = Add(m, small)  r = Sqrt(e)  y = Div(x, r)  z = Neg(y)
    }"""
    graph = graph_of(text, last=np.array([-1]), small=np.float32(1e-8))
    before = outputs(graph, tmp_path, x=300 * X)[0]
    compute_in_half(graph)
    exact = [kind for kind, dtype in types(graph) if dtype == "float32"]
    assert exact == ["Mul", "ReduceMean", "Add", "Sqrt", "Div", "Cast"]
    np.testing.assert_allclose(outputs(graph, tmp_path, x=300 * X)[0], before, atol=2e-3)


def test_weights_beyond_float16_are_its_largest_number(tmp_path):
    graph = graph_of("g (float[n,6] x) => (float[n,6] z) { z = Mul(x, k) }", k=np.array([1e6, -1e6, 1, 1, 1, 1], "f"))
    compute_in_half(graph)
    assert next(iter(graph.constants.values())).tolist() == [65504.0, -65504.0, 1.0, 1.0, 1.0, 1.0]


def test_scales_of_a_resize_and_whole_numbers_stay_as_they_are(tmp_path):
    text = """g (float[n,1,2,3] x, int64[n] c) => (float[n,1,4,6] z, int64[n] d) {
        y = Relu(x)  z = Resize<mode="nearest">(y, , scales)  d = Add(c, one)
    }"""
    graph = graph_of(text, scales=np.array([1, 1, 2, 2], "f"), one=np.array([1]))
    compute_in_half(graph)
    assert sorted(value.dtype.name for value in graph.constants.values()) == ["float32", "int64"]
    picture = X[:, None].reshape(4, 1, 2, 3)
    drawn, counted = outputs(graph, tmp_path, x=picture, c=np.arange(4))
    np.testing.assert_allclose(drawn[:, :, ::2, ::2], np.maximum(picture, 0), rtol=1e-3)
    assert counted.tolist() == [1, 2, 3, 4]


def test_a_graph_with_loops_is_refused(tmp_path):
    layers = [keras.Input((4,)), keras.layers.Reshape((2, 2)), keras.layers.GRU(3), keras.layers.Dense(5)]
    gan = kgan.GAN(keras.Sequential(layers), keras.Sequential([keras.Input((5,)), keras.layers.Dense(1)]), seed=0)
    with pytest.raises(ValueError, match="Expected a generator without loops for float16"):
        kgan.export.save(gan, tmp_path / "model.onnx", precision="float16")
    assert not list(tmp_path.iterdir())


def test_a_bundle_has_a_file_of_float16_beside_the_other_and_is_verified(tmp_path):
    gan = small_dcgan(3)
    folder = kgan.export.save(gan, tmp_path / "bundle", formats=("onnx_float16", "onnx"))
    entry = card.read(folder)["artefacts"]["onnx_float16"]
    assert entry["file"] == "generator.float16.onnx"
    assert entry["tolerance"] == 0.05
    assert 0.0 < entry["mean_difference"] <= entry["largest_difference"] < 0.01
    assert entry["psnr"] > 60
    kgan.export.verify(folder)
    drawn = sampler.Sampler(folder / "generator.float16.onnx").sample(7, seed=0)
    np.testing.assert_allclose(drawn, gan.generate(7, seed=0), atol=0.01)


@pytest.mark.parametrize("value_range", [(-1.0, 1.0), (0.0, 1.0), (0.0, 255.0)])
def test_float16_may_differ_in_proportion_to_the_value_range(tmp_path, value_range):
    low, high = value_range
    layers = [keras.Input((8,)), keras.layers.Dense(192, activation="sigmoid"), keras.layers.Reshape((8, 8, 3))]
    layers.append(keras.layers.Rescaling(high - low, low))
    critic = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
    gan = kgan.GAN(keras.Sequential(layers), critic, value_range=value_range, seed=0)
    content = card.read(kgan.export.save(gan, tmp_path / "bundle", formats=("onnx", "onnx_float16")))
    entries = content["artefacts"]
    assert entries["onnx_float16"]["tolerance"] == pytest.approx(0.025 * (high - low))
    assert entries["onnx"]["tolerance"] == pytest.approx(1e-4 * max(1.0, (high - low) / 2))
    assert "tolerance" not in content["verified"]  # each artefact has its own


@pytest.mark.slow
def test_a_tolerance_that_is_asked_for_counts_for_float16_too(tmp_path):
    gan = small_dcgan(3)
    for options in ({"formats": ("onnx", "onnx_float16")}, {"precision": "float16"}):
        with pytest.raises(kgan.export.VerificationError, match=r"\(tolerance 1e-06\)"):
            kgan.export.save(gan, tmp_path / "bundle", atol=1e-6, **options)
        assert not list(tmp_path.iterdir())
    with pytest.raises(kgan.export.VerificationError, match=r"\(tolerance 1e-06\)"):
        gan.export(tmp_path / "model.onnx", format="onnx", precision="float16", atol=1e-6)
    folder = kgan.export.save(gan, tmp_path / "bundle", formats=("onnx", "onnx_float16"), atol=0.2)
    assert {one["tolerance"] for one in card.read(folder)["artefacts"].values()} == {0.2}


def test_a_file_of_float16_is_about_half_as_large(tmp_path):
    layers = [keras.Input((64,)), keras.layers.Dense(256), keras.layers.Dense(200)]
    gan = kgan.GAN(keras.Sequential(layers), keras.Sequential([keras.Input((200,)), keras.layers.Dense(1)]), seed=0)
    paths = [kgan.export.save(gan, tmp_path / f"{one}.onnx", precision=one) for one in ("float32", "float16")]
    large, small = (path.stat().st_size for path in paths)
    assert 0.5 < small / large < 0.55
    session = onnxruntime.InferenceSession(paths[1], providers=["CPUExecutionProvider"])
    assert (session.get_inputs()[0].type, session.get_outputs()[0].type) == ("tensor(float)", "tensor(float)")
    held = {one.data_type for one in onnx.load(paths[1]).graph.initializer}
    assert held == {onnx.TensorProto.FLOAT16}


def test_what_is_lost_is_counted_as_it_is():
    signature = kgan.export.Signature.of(small_dcgan())
    keras_runner = lambda inputs: np.zeros((len(inputs["latents"]), 8, 8, 1), np.float32)  # noqa: E731
    artefact = lambda inputs: keras_runner(inputs) + np.float32(0.02)  # noqa: E731
    found = parity.loss(artefact, keras_runner, signature)
    assert found["mean_difference"] == pytest.approx(0.02)
    assert found["psnr"] == pytest.approx(40.0)  # 20 log10(2 / 0.02)
