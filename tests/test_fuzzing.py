"""Files that came from anyone: whatever is in them, kgan raises its own errors and leaves nothing half-written.

Each property sees 25 cases, always the same. `KGAN_FUZZ_CASES=2000 python -m pytest tests/test_fuzzing.py` sees as many
new ones; what it finds is printed with a line that repeats it.
"""

import contextlib
import copy
import dataclasses
import io
import json
import os
import re
import tempfile
import warnings
import zipfile
from pathlib import Path

import numpy as np
import onnx
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import picture_networks
from kgan import data, recipes, run
from kgan.data.sources.folder import ImageFolder
from kgan.export import apply, sampler
from kgan.metrics import ExtractorError, reference
from kgan.metrics.extractors import torch_files
from kgan.report import comparing

CASES = os.environ.get("KGAN_FUZZ_CASES")
fuzzed = settings(
    max_examples=int(CASES or 25), derandomize=CASES is None, database=None, deadline=None, print_blob=CASES is not None
)

# --- what may stand in a file ---

NASTY = st.sampled_from(
    [None, True, -1, 0, 10**12, 10**40, 1.5, float("nan"), float("inf"), "", "..", "/etc/passwd", "\0", "\ud800"]
)
NASTY |= st.builds(list) | st.builds(dict)
JSON = st.recursive(
    NASTY | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(document, at=()):
    """The paths to everything in a document."""
    yield at
    if isinstance(document, list):
        document = dict(enumerate(document))
    for key, one in document.items() if isinstance(document, dict) else ():
        yield from places(one, (*at, key))


@st.composite
def changed(draw, document):
    """The document with a few entries replaced, left out or added; as bytes."""
    document = copy.deepcopy(document)
    for _ in range(draw(st.integers(0, 3))):
        *way, last = draw(st.sampled_from([place for place in places({"": document}) if place]))
        outer = {"": document}
        holder = outer
        for key in way:
            holder = holder[key]
        how = draw(st.sampled_from(["replace", "replace", "leave out", "add"]))
        if how == "add" and isinstance(holder[last], dict):
            holder[last][draw(st.text(max_size=8))] = draw(JSON)
        elif how == "leave out" and way:
            del holder[last]
        else:
            holder[last] = draw(JSON)
        document = outer[""]
    content = json.dumps(document).encode()
    return draw(damaged(content)) if draw(st.integers(0, 4)) == 0 else content


@st.composite
def damaged(draw, content):
    """The bytes with some of them changed, left out or repeated."""
    content = bytearray(content)
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, max(0, len(content) - 1)))
        size = draw(st.integers(0, 9))
        how = draw(st.sampled_from(["change", "change", "cut", "end", "repeat", "extreme"]))
        if how == "change":
            content[start : start + size] = draw(st.binary(min_size=size, max_size=size))
        elif how == "extreme":
            content[start : start + 4] = draw(st.sampled_from([b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff"]))
        elif how == "cut":
            del content[start : start + size]
        elif how == "repeat":
            content[start:start] = content[start : start + size]
        elif draw(st.booleans()):
            del content[start:]
    return bytes(content)


def names(folder):
    return sorted(path.name for path in Path(folder).rglob("*"))


@contextlib.contextmanager
def own_errors(kind):
    """Lets errors of this kind pass whose message says what was expected and what came; any other fails the test."""
    try:
        yield
    except kind as error:
        if not re.search(r"Expected .*Received: ", str(error), re.DOTALL) or len(str(error)) > 20_000:
            raise AssertionError(f"no message of ours: {error}") from error


# --- run folders ---

PLAN = dataclasses.asdict(run.Plan.make("digits", image_size=16))
CONFIG = {"plan": PLAN, "versions": {"kgan": "1"}, "trained": {"epochs": 3, "seconds": 1.5, "interrupted": False}}
DIAGNOSIS = {
    "looks": [
        {
            "epoch": 1,
            "signs": {"separation": 0.5, "diversity": None},
            "verdict": {"name": "a", "because": "", "advice": ""},
        }
    ]
}
EVALUATION = {
    "figures": [
        {
            "name": "precision",
            "label": "Precision (digits)",
            "better": "max",
            "against": "held-out reals",
            "value": 0.5,
            "floor": None,
            "real_samples": 50,
            "generated_samples": 60,
            "floor_samples": 50,
        }
    ]
}


@fuzzed
@given(changed(CONFIG), changed(DIAGNOSIS), changed(EVALUATION), damaged(b"epoch,a\n0,1.5\n1,NA\n2,3\n"))
def test_a_run_folder_of_anyone_s_opens_or_is_refused_by_name(config, diagnosis, evaluation, log):
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (("config.json", config), ("diagnosis.json", diagnosis), ("evaluation.json", evaluation)):
            (Path(folder) / name).write_bytes(content)
        (Path(folder) / "log.csv").write_bytes(log)
        before = names(folder)
        opened = None
        with own_errors(run.RunError):
            opened = run.Run(folder)
        assert names(folder) == before
    if opened is not None:
        assert opened.plan.recipe.epochs >= 1
        assert {type(one) for one in opened.trained.values()} <= {int, float, bool, str, list, dict, type(None)}


@fuzzed
@given(changed(DIAGNOSIS), changed(EVALUATION), damaged(b"epoch,a\n0,1.5\n1,NA\n2,3\n"))
def test_what_lies_in_a_run_folder_is_read_or_refused_by_name(diagnosis, evaluation, log):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config.json").write_text(json.dumps(CONFIG))
        opened = run.Run(folder)
        opened.diagnosis.write_bytes(diagnosis)
        opened.evaluation.write_bytes(evaluation)
        opened.log.write_bytes(log)
        before = names(folder)
        for read in (opened.looks, opened.figures, lambda: comparing._evaluation(opened), lambda: str(opened.verdict)):
            with own_errors(run.RunError):
                read()
        with own_errors(ValueError):  # the page that shows it all
            comparing.compare([opened, opened])
        assert names(folder) == before


# --- recipes ---

RECIPE = recipes.get("digits").changed({"penalties.r1.gamma": "{name=cosine, start=1.0, end=0.1, images=1e5}"})


@fuzzed
@given(damaged(RECIPE.to_toml().encode()))
def test_a_recipe_file_of_anyone_s_is_read_or_refused_by_name(content):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recipe.toml"
        path.write_bytes(content)
        with own_errors(ValueError):
            recipe = recipes.get(str(path))
            path.write_text(recipe.to_toml(), encoding="utf-8")
            assert recipes.get(str(path)) == recipe


@fuzzed
@given(changed(RECIPE.content()))
def test_a_recipe_of_anyone_s_tables_is_read_or_refused_by_name(content):
    with contextlib.suppress(json.JSONDecodeError, UnicodeDecodeError):
        tables = json.loads(content)
        with own_errors(ValueError):
            recipe = recipes.Recipe.from_dict(tables)
            assert recipes.Recipe.from_dict(recipe.content()) == recipe
            recipe.compile_arguments()
            recipe.model_arguments()


@fuzzed
@given(
    st.sampled_from(sorted({*RECIPE.leaves(), *recipes.SHORT_NAMES, "penalties.r1", "generator"})), st.text(max_size=12)
)
def test_any_text_is_a_setting_or_refused_by_name(name, text):
    with own_errors(ValueError):
        RECIPE.changed({name: text})


# --- bundles ---


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


# --- images ---


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


# --- arrays ---


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


# --- weights of torch ---


WRITTEN_BY_TORCH = Path(__file__).parent / "metrics" / "extractors" / "written_by_torch"


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
