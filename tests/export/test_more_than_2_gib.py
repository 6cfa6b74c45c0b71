"""A bundle whose weights are more than 2 GiB, in a file beside the graph: verified, drawn from and served."""

import json

import numpy as np
import onnx
import pytest

import noise_networks
from kgan.export import BundleError, card, verify
from kgan.export.portable.card_file import digest_of
from kgan.export.portable.sampler import Sampler
from served import Served

CLASSES, SHAPE = 3_000_000, (8, 8, 3)  # rows of 768 bytes: 2.3 GB
LAST = CLASSES - 1
Z = np.random.RandomState(1).standard_normal((2, 4)).astype(np.float32)


def weights(folder):
    """The matrix of the latents, and what the last class adds; all other classes add 0."""
    model = noise_networks.write(folder / "small.onnx", SHAPE, num_classes=3)
    held = {one.name: onnx.numpy_helper.to_array(one) for one in onnx.load(model).graph.initializer}
    return held["weights"], held["rows"][2]


def made(folder, z, labels):
    """What the network makes, in float64."""
    matrix, last = weights(folder)
    rows = np.where(np.asarray(labels)[:, None] == LAST, last, 0.0)
    return np.tanh(z.astype(np.float64) @ matrix + rows).reshape(-1, *SHAPE).astype(np.float32)


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """The bundle, and a folder for what it is worked out with; the file of the weights is mostly a hole."""
    work = tmp_path_factory.mktemp("large")
    folder = work / "bundle"
    folder.mkdir()
    model = onnx.load(noise_networks.write(work / "model.onnx", SHAPE, num_classes=3))
    rows = next(one for one in model.graph.initializer if one.name == "rows")
    _, last = weights(work)
    size = CLASSES * last.nbytes
    rows.dims[0] = CLASSES
    rows.ClearField("raw_data")
    rows.data_location = onnx.TensorProto.EXTERNAL
    for key, value in {"location": "generator.onnx.data", "offset": 0, "length": size}.items():
        entry = rows.external_data.add()
        entry.key, entry.value = key, str(value)
    next(one for one in model.metadata_props if one.key == "kgan_num_classes").value = str(CLASSES)
    (folder / "generator.onnx").write_bytes(model.SerializeToString())
    with (folder / "generator.onnx.data").open("wb") as file:
        file.seek(size - last.nbytes)
        file.write(last.tobytes())
    assert size > 2**31
    labels = np.array([5, LAST])
    np.savez(
        folder / "probes.npz",
        **{"inputs/0/latents": Z, "inputs/0/labels": labels, "outputs/0/images": made(work, Z, labels)},
    )
    content = {
        "schema": 2,
        "kgan_version": "0.1.0",
        "inputs": {
            "latents": {"shape": ["batch", 4], "dtype": "float32"},
            "labels": {"shape": ["batch"], "dtype": "int64"},
        },
        "outputs": {"images": {"shape": ["batch", *SHAPE], "dtype": "float32"}},
        "value_range": [-1.0, 1.0],
        "runner": "sampler.py",
        "artefacts": {"onnx": {"file": "generator.onnx", "bytes": size, "tolerance": 1e-4}},
        "sha256": {path.name: digest_of(path) for path in sorted(folder.iterdir())},
    }
    (folder / "card.json").write_text(json.dumps(content))
    return folder, work


@pytest.mark.slow  # 2.3 GB are read, and hashed, several times
def test_it_is_verified_drawn_from_and_served(large):
    folder, work = large
    assert verify(folder).differences["onnx"] < 1e-4
    drawn = np.concatenate(list(Sampler(folder, threads=1).of_latents(Z, [0, LAST])))
    np.testing.assert_allclose(drawn, made(work, Z, [0, LAST]), atol=1e-5)
    assert np.abs(drawn[1] - made(work, Z, [0, 0])[1]).max() > 0.1  # the row beyond 2 GiB is another
    with Served(folder) as served:
        answer = served.generate(count=1, seed=3, labels=[LAST], format="npz")
    assert answer.status == 200
    np.testing.assert_allclose(
        answer.arrays["samples"], Sampler(folder / "generator.onnx").sample(1, 3, [LAST]), atol=1e-5
    )
    assert card.read(folder)["artefacts"]["onnx"]["bytes"] > 2**31


@pytest.mark.slow  # as above
def test_a_byte_that_is_changed_beyond_2_gib_is_found(large):
    folder, _ = large
    with (folder / "generator.onnx.data").open("r+b") as file:
        file.seek(-4, 2)
        before = file.read(4)
        file.seek(-4, 2)
        file.write(bytes([before[0] ^ 1, *before[1:]]))
    try:
        for opened in (verify, Sampler):
            with pytest.raises(BundleError, match="generator.onnx.data"):
                opened(folder)
    finally:
        with (folder / "generator.onnx.data").open("r+b") as file:
            file.seek(-4, 2)
            file.write(before)
