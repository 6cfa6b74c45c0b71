"""Images, arrays, measurements and weights that came from anyone are read, or refused by name."""

import contextlib
import io
import tempfile
import warnings
import zipfile
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

import picture_networks
from damage import damaged, fuzzed, names, own_errors
from kgan import data
from kgan.data.sources.folder import ImageFolder
from kgan.export.portable import apply
from kgan.metrics import ExtractorError, reference
from kgan.metrics.extractors import torch_files


def encoded(kind, **options):
    picture = Image.fromarray(np.random.RandomState(0).randint(0, 256, (9, 7, 3)).astype(np.uint8))
    picture = picture.convert("P") if kind == "gif" else picture
    exif = Image.Exif()
    exif[0x0112] = 6
    file = io.BytesIO()
    picture.save(file, kind, **options, **({"exif": exif} if kind in ("jpeg", "png", "webp", "tiff") else {}))
    return kind, file.getvalue()


PICTURES = [encoded(kind) for kind in ("png", "jpeg", "gif", "bmp", "webp", "tiff", "ppm")]
PICTURES += [encoded("tiff", compression="tiff_lzw"), encoded("jpeg", progressive=True)]


@fuzzed
@given(st.sampled_from(PICTURES).flatmap(lambda one: st.tuples(st.just(one[0]), damaged(one[1]))), st.booleans())
def test_a_damaged_image_is_skipped_and_noted_or_refused_by_name(picture, strict):
    kind, content = picture
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's own remarks on what it reads
        Image.new("L", (8, 8), 7).save(Path(folder) / "good.png")
        (Path(folder) / f"nasty.{kind}").write_bytes(content)
        before = names(folder)
        with contextlib.nullcontext() if not strict else own_errors(data.DataError):
            images = ImageFolder(Path(folder), (8, 8), True, None, strict)
            pixels, numbers = images.decode(np.arange(2), np.arange(2))
            assert pixels.shape[:3] == (2, 8, 8)
            assert set(numbers) <= {0, 1}
        assert names(folder) == before


@fuzzed
@given(st.sampled_from(PICTURES).flatmap(lambda one: st.tuples(st.just(one[0]), damaged(one[1]))))
def test_a_damaged_picture_is_applied_to_or_refused_by_name(picture):
    kind, content = picture
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's own remarks on what it reads
        model = picture_networks.negative(Path(folder) / "generator.onnx")
        source = Path(folder) / f"nasty.{kind}"
        source.write_bytes(content)
        with own_errors(apply.ApplyError):
            apply.apply_to_files(model, source, Path(folder) / "out.png", tile=4)
        assert set(names(folder)) <= {"generator.onnx", source.name, "out.png"}


def numpy_file(save, *arrays, **named):
    file = io.BytesIO()
    save(file, *arrays, **named)
    return file.getvalue()


IMAGES = np.random.RandomState(0).randint(0, 256, (6, 4, 4, 1)).astype(np.uint8)
LABELS = np.arange(6) % 3
NPY = [numpy_file(np.save, IMAGES), numpy_file(np.save, np.zeros((6, 5), np.float32))]
NPZ = [numpy_file(np.savez, images=IMAGES, labels=LABELS), numpy_file(np.savez_compressed, images=IMAGES, y=LABELS)]


@st.composite
def headers(draw):
    """A `.npy` file whose header says what it likes."""
    kinds = st.sampled_from(["|u1", "<f4", "<f8", "|O", "<U9", "<M8[s]", "<c16", "|V8", "|S0", "<f2", ">i8"])
    shape = tuple(draw(st.lists(st.sampled_from([0, 1, 2, 6, 10**6, 10**12, 2**63, -1]), max_size=5)))
    header = f"{{'descr': {draw(kinds)!r}, 'fortran_order': {draw(st.booleans())}, 'shape': {shape!r}, }}".encode()
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + draw(st.binary(max_size=64))


@st.composite
def array_files(draw):
    if draw(st.booleans()):
        return ".npy", draw(headers() | st.sampled_from(NPY).flatmap(damaged))
    if draw(st.booleans()):
        return ".npz", draw(st.sampled_from(NPZ).flatmap(damaged))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in draw(st.lists(st.sampled_from(["images", "labels", "y", "../x", "/x"]), max_size=3, unique=True)):
            archive.writestr(f"{name}.npy", draw(headers() | st.sampled_from(NPY)))
    return ".npz", file.getvalue()


@fuzzed
@given(array_files())
def test_an_array_of_anyone_s_is_loaded_or_refused_by_name(file):
    suffix, content = file
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The images lie in")
        path = Path(folder) / f"data{suffix}"
        path.write_bytes(content)
        with own_errors(data.DataError):
            splits = data.load(path, batch_size=1)
            assert splits.first(1).shape == (1, *splits.sample_shape)
        assert names(folder) == [path.name]


KEPT = {
    "count": np.asarray(6),
    "moments_count": np.asarray(6),
    "moments_mean": np.zeros(2),
    "moments_scatter": np.eye(2),
    "features": np.zeros((6, 2), np.float32),
}


@fuzzed
@given(
    damaged(numpy_file(np.savez, **KEPT))
    | st.dictionaries(
        st.sampled_from(sorted(KEPT)), st.sampled_from(NPY + [numpy_file(np.save, one) for one in KEPT.values()])
    )
)
def test_measurements_of_reals_on_disk_are_used_whole_or_not_at_all(content):
    if isinstance(content, dict):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for name, array in content.items():
                archive.writestr(f"{name}.npy", array)
        content = file.getvalue()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Expected .* as kgan wrote it")
        path = Path(folder) / "reals.npz"
        path.write_bytes(content)
        seen = reference._read(path, frozenset({"moments", "features"}))
        assert seen is None or seen.features.shape == (seen.count, *seen.moments.mean.shape)


WRITTEN_BY_TORCH = Path(__file__).parents[1] / "metrics" / "extractors" / "written_by_torch"


@fuzzed
@given(st.data())
def test_weights_of_anyone_s_are_read_or_refused_by_name(given_data):
    contents = [path.read_bytes() for path in sorted(WRITTEN_BY_TORCH.iterdir())]
    content = given_data.draw(st.sampled_from(contents).flatmap(damaged))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weights.pth"
        path.write_bytes(content)
        with own_errors(ExtractorError):
            read = torch_files.read(path)
            assert all(isinstance(array, np.ndarray) for array in read.values())
        assert names(folder) == ["weights.pth"]
