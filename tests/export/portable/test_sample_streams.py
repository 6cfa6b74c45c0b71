"""Any number of samples: arrays, archives and folders that are written as the samples are drawn."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import onnx
import pytest
from PIL import Image

import kgan
from blocked import run_blocked
from games import linear_game, small_dcgan
from kgan import latents
from kgan.export import runners
from kgan.export.portable import progress, sampler
from kgan.export.portable.latent_draws import draw_latents, latent_rows
from strangers import tiny_onnx


@pytest.fixture(scope="module")
def conditional(tmp_path_factory):
    gan = small_dcgan(num_classes=10)
    return gan, kgan.export.save(gan, tmp_path_factory.mktemp("streams") / "g.onnx")


@pytest.fixture(scope="module")
def tagged(tmp_path_factory):
    gan = kgan.GAN(
        kgan.architectures.dcgan_generator((8, 8, 1), 4, 4, num_tags=5, seed=0),
        kgan.architectures.dcgan_discriminator((8, 8, 1), 4, num_tags=5, seed=1),
        seed=0,
    )
    return gan, kgan.export.save(gan, tmp_path_factory.mktemp("streams") / "g.onnx")


@pytest.mark.parametrize("name", sorted(latents.DISTRIBUTIONS))
def test_rows_drawn_some_at_a_time_are_those_drawn_at_once(name):
    distribution = latents.get(name)
    dim = getattr(distribution, "latent_dim", 5)
    rows = latent_rows(name, dim, 3, distribution.get_config())
    sizes = (1, 2, 64, 633)  # numbers of which an odd one is left over
    np.testing.assert_array_equal(np.concatenate([rows(size) for size in sizes]), distribution.draw(700, dim, 3))


def test_streams_do_not_disturb_each_other():
    rows = latent_rows("normal", 3, 5)
    first = rows(2)
    draw_latents("normal", 7, 3, 9)
    np.testing.assert_array_equal(np.concatenate([first, rows(2)]), draw_latents("normal", 4, 3, 5))


def test_batches_are_those_samples_whose_count_memory_could_not_hold(conditional):
    drawn = sampler.Sampler(conditional[1])
    batches = drawn.batches(10**15, seed=4, truncation_psi=0.5)
    first = np.concatenate([next(batches), next(batches)])
    np.testing.assert_array_equal(first, drawn.sample(128, 4, np.arange(128) % 10, 0.5))


def test_samples_of_which_memory_holds_no_batch_are_refused_however_they_are_asked_for(tmp_path):
    graph = onnx.parser.parse_model(
        """<ir_version: 9, opset_import: ["" : 18]>
        huge (float[batch, 2] latents) => (float[batch, 65536, 65536] samples) <int64[2] shape = {65536, 65536}>
        { size = Shape <end = 1> (latents) all = Concat <axis = 0> (size, shape) samples = ConstantOfShape (all) }"""
    )
    facts = {"latent_distribution": "normal", "latent_dim": "2", "sample_shape": "[65536, 65536]"}
    facts |= {"value_range": "null", "num_classes": "null"}
    onnx.helper.set_model_props(graph, {f"kgan_{key}": value for key, value in facts.items()})
    onnx.save(graph, tmp_path / "generator.onnx")
    drawn = sampler.Sampler(tmp_path / "generator.onnx")
    for ask in (drawn.sample, drawn.batches, lambda count: sampler.run(drawn, tmp_path / "a.npy", count=count)):
        with pytest.raises(sampler.SamplerError, match="Expected count for which 16 GiB|that the disk has room for"):
            ask(1)


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_an_array_in_a_file_is_what_sample_returns(conditional, tmp_path, suffix):
    gan, model = conditional
    out = tmp_path / "new" / f"a{suffix}"
    sampler.run(model, out, count=70, seed=3, labels="2,7")
    expected = gan.generate(70, seed=3, labels=[2, 7] * 35)
    if suffix == ".npy":
        np.testing.assert_allclose(np.load(out), expected, atol=1e-4)
        content = io.BytesIO()
        np.save(content, sampler.Sampler(model).sample(70, 3, [2, 7] * 35))
        assert out.read_bytes() == content.getvalue()
    else:
        with np.load(out) as found:
            assert sorted(found) == ["labels", "samples"]
            np.testing.assert_allclose(found["samples"], expected, atol=1e-4)
            np.testing.assert_array_equal(found["labels"], [2, 7] * 35)
            assert (found["labels"].dtype, found["samples"].dtype) == (np.int64, np.float32)
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_an_archive_of_tags_has_their_rows(tagged, tmp_path):
    sampler.run(tagged[1], tmp_path / "a.npz", count=3, seed=0, labels="0+3,2")
    with np.load(tmp_path / "a.npz") as found:
        np.testing.assert_array_equal(found["labels"], [[1, 0, 0, 1, 0], [0, 0, 1, 0, 0], [1, 0, 0, 1, 0]])
        np.testing.assert_allclose(found["samples"], tagged[0].generate(3, 0, found["labels"]), atol=1e-4)


def test_an_archive_has_the_files_of_a_folder_and_the_same_bytes_each_time(conditional, tmp_path):
    for name in ("a.zip", "b.zip"):
        said = sampler.run(conditional[1], tmp_path / name, count=12, seed=3)
        assert said == f"12 samples of seed 3 in {tmp_path / name}"
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    paths = sampler.sample_each(conditional[1], 12, 3, tmp_path / "each")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.namelist() == [path.name for path in paths]
        assert archive.namelist()[:2] == ["seed3-00-0.png", "seed3-01-1.png"]
        for path in paths:
            with Image.open(path) as one, Image.open(io.BytesIO(archive.read(path.name))) as other:
                np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


def test_an_archive_of_samples_that_are_no_pictures_holds_arrays(tmp_path):
    game = linear_game(2, 3)
    sampler.run(kgan.export.save(game, tmp_path / "g.onnx"), tmp_path / "a.zip", count=2, seed=0)
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        found = [np.load(io.BytesIO(archive.read(name))) for name in ("seed0-0.npy", "seed0-1.npy")]
    np.testing.assert_allclose(found, game.generate(2, seed=0), atol=1e-5)


def test_samples_of_latents_in_a_file_are_theirs(conditional, tmp_path):
    gan, model = conditional
    z = np.random.RandomState(0).uniform(-2, 2, (70, 4))  # of no distribution that a generator has, in float64
    np.save(tmp_path / "z.npy", z)
    for psi in (1.0, 0.5):
        said = sampler.run(model, tmp_path / "a.npy", latents=tmp_path / "z.npy", labels="3", truncation_psi=psi)
        assert said == f"70 samples of {tmp_path / 'z.npy'} in {tmp_path / 'a.npy'}"
        labels = np.full(70, 3, np.int32)
        expected = gan.generator([np.float32(psi) * z.astype(np.float32), labels], training=False)
        np.testing.assert_allclose(np.load(tmp_path / "a.npy"), expected, atol=1e-4)
    sampler.run(model, each=tmp_path / "each", latents=tmp_path / "z.npy", labels="3")
    assert min(path.name for path in (tmp_path / "each").iterdir()) == "z-00-3.png"


BAD_LATENTS = {
    "of another size": np.zeros((2, 5), np.float32),
    "of one row": np.zeros(4, np.float32),
    "of whole numbers": np.zeros((2, 4), int),
    "of no row": np.zeros((0, 4), np.float32),
    "that are not finite": np.array([[0, 0, 0, np.nan]]),
    "of objects": np.array([["a"] * 4], object),
}


@pytest.mark.parametrize("content", BAD_LATENTS.values(), ids=BAD_LATENTS)
def test_other_latents_are_refused_before_anything_is_written(conditional, tmp_path, content):
    np.save(tmp_path / "z.npy", content)
    with pytest.raises(sampler.SamplerError, match=r"Expected latents .*Received: .*z\.npy"):
        sampler.run(conditional[1], tmp_path / "a.npy", latents=tmp_path / "z.npy")
    assert [path.name for path in tmp_path.iterdir()] == ["z.npy"]


@pytest.mark.parametrize("content", [None, b"", b"text", b"PK\x03\x04", b"\x93NUMPY\x01\x00\xff\xff" + b"(" * 70_000])
def test_what_holds_no_latents_is_refused(conditional, tmp_path, content):
    if content is not None:
        (tmp_path / "z.npy").write_bytes(content)
    with pytest.raises(sampler.SamplerError, match="Expected latents as a .npy file"):
        sampler.run(conditional[1], tmp_path / "a.npy", latents=tmp_path / "z.npy")


@pytest.mark.parametrize("given", [{"count": 3}, {"seed": 0}])
def test_latents_decide_what_else_would_choose_them(conditional, tmp_path, given):
    np.save(tmp_path / "z.npy", np.zeros((2, 4), np.float32))
    with pytest.raises(
        sampler.SamplerError, match=f"Expected latents without {min(given)}, which they decide. Received: {min(given)}="
    ):
        sampler.run(conditional[1], tmp_path / "a.npy", latents=tmp_path / "z.npy", **given)


@pytest.mark.parametrize("way", ["a.npy", "a.npz", "a.zip", "a.png", "each"])
def test_an_error_on_the_way_leaves_no_file(conditional, tmp_path, monkeypatch, way):
    drawn = sampler.Sampler(conditional[1])
    real = drawn.engine.run

    def failing(outputs, inputs, rows):
        if rows < 64:
            raise OSError(28, "No space left on device")
        return real(outputs, inputs, rows)

    monkeypatch.setattr(drawn.engine, "run", failing)
    out = {"each": tmp_path / "each"} if way == "each" else {"out": tmp_path / way}
    with pytest.raises(sampler.SamplerError, match="No space left"):
        sampler.run(drawn, **out, count=70, seed=0)
    left = [path.name for path in tmp_path.iterdir()]
    assert left == (["each"] if way == "each" else [])
    if way == "each":
        assert len(list((tmp_path / "each").iterdir())) == 64  # those that were whole


PEAK = """
import sys
from kgan_cli import light
light.part("portable.sampler").run(sys.argv[1], sys.argv[2], count=int(sys.argv[3]), seed=0)
with open("/proc/self/status") as status:  # getrusage counts what this process was forked from
    print(next(line.split()[1] for line in status if line.startswith("VmHWM")))
"""


def peak(model, out, count):
    """Peak memory in MiB of a process that writes so many samples."""
    arguments = [sys.executable, "-c", PEAK, *map(str, (model, out, count))]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    return int(done.stdout) / 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system has no /proc that tells peak memory")
@pytest.mark.parametrize(("name", "counts"), [("a.npy", (1_000, 50_000)), ("a.zip", (400, 20_000))])
def test_fifty_times_the_samples_take_the_same_memory(conditional, tmp_path, name, counts):
    few, many = (peak(conditional[1], tmp_path / name, count) for count in counts)
    assert (tmp_path / name).stat().st_size > 200 * counts[1]
    assert many < few + 3.5, f"{few:.0f} MiB for {counts[0]:,} samples, {many:.0f} MiB for {counts[1]:,}"


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".zip"])
def test_the_program_of_a_bundle_writes_what_kgan_writes(tmp_path, suffix):
    tiny_onnx(tmp_path / "generator.onnx")
    runners.named("sampler.py").write(tmp_path)
    np.save(tmp_path / "z.npy", np.arange(6, dtype=np.float32).reshape(3, 2))
    for arguments in (["--count", "3", "--seed", "1"], ["--latents", "z.npy"]):
        done = run_blocked("sampler.py", *arguments, "--out", f"a{suffix}", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        named = {"latents": tmp_path / "z.npy"} if "z.npy" in arguments else {"count": 3, "seed": 1}
        sampler.run(tmp_path / "generator.onnx", tmp_path / f"b{suffix}", **named)
        assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_sees_how_far_it_is_and_the_line_goes_in_the_end(monkeypatch):
    now = iter(range(100))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(now))
    shown = Terminal()
    batches = [np.zeros(50)] * 4
    assert len(list(progress.counting(batches, 200, shown))) == 4
    states = shown.getvalue().split("\r")
    assert states[1] == "50 of 200 samples [######..................] 50/s, 3 s left"
    assert states[4].startswith("200 of 200 samples [########################] 50/s, 0 s left")
    assert states[-2].strip() == states[-1] == ""


def test_a_pipe_sees_no_line(monkeypatch):
    now = iter(range(100))
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(now))
    shown = io.StringIO()
    assert len(list(progress.counting([np.zeros(50)] * 4, 200, shown))) == 4
    assert shown.getvalue() == ""


def test_labels_that_are_no_whole_numbers_are_refused(conditional):
    with pytest.raises(sampler.SamplerError, match=r"Expected labels as whole numbers. Received: 1\.5"):
        sampler.Sampler(conditional[1]).sample(2, labels=[1, 1.5])
