"""The kind of `kgan.DomainAdaptation`: a run of two folders, from training to a bundle that tells classes."""

import csv
import json
import subprocess
import sys

import keras
import numpy as np
import onnx
import pytest
from domain_games import domain_plan, write_domains
from PIL import Image

from commands import kgan as command
from kgan import callbacks, evaluation, export, run
from kgan.diagnostics import DomainSigns, domain_verdicts
from kgan.export.portable.applier import Applier
from kgan.export.portable.checks import BundleError
from kgan.export.portable.classify import Classifier, classify_files
from kgan.export.serve import loading
from kgan.models import kind
from kgan.run import training

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

KIND = kind.named("domain_adaptation")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return write_domains(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def trained(folders, tmp_path_factory):
    return training.train(domain_plan(folders), tmp_path_factory.mktemp("runs") / "dann", verbose=0)


@pytest.fixture(scope="module")
def bundle(trained, tmp_path_factory):
    return export.save(trained.run.load(), tmp_path_factory.mktemp("bundle") / "b", formats=("onnx",))


def test_a_run_is_drawn_looked_at_and_measured(trained):
    found = trained.run
    with Image.open(found.samples / "epoch-0002.png") as sheet:
        assert sheet.width == 2 * 96  # a column for each class, enlarged
    figures = found.figures()
    for name in ("val_source_class_accuracy", "val_target_class_accuracy", "monitor_separation"):
        assert np.isfinite(figures[name]).all(), name
    assert trained.verdict.name in domain_verdicts.NAMES
    model = found.load()
    assert kind.of(model) is KIND
    assert model.class_names == ("bar", "square")


class Ends(keras.callbacks.Callback):
    """Lets training end in the second epoch, by an exception that nobody expects."""

    def restore(self):
        """As `StopOnTerminate` has it."""

    def on_train_batch_end(self, batch, logs=None):
        if int(self.model.steps.numpy()) == 6:
            raise KeyboardInterrupt


def state(model):
    parts = (model, model.generator_optimizer, model.discriminator_optimizer)
    return [variable.numpy() for part in parts for variable in part.variables]


@pytest.mark.slow  # it trains twice
@pytest.mark.parametrize("recipe", ["adda", "dann"])
def test_a_run_that_was_killed_goes_on_to_the_same_bits(monkeypatch, folders, tmp_path, recipe):
    plan = domain_plan(folders, recipe)
    whole = training.train(plan, tmp_path / "whole", verbose=0)
    with monkeypatch.context() as patch:
        patch.setattr(callbacks, "StopOnTerminate", Ends)
        with pytest.raises(KeyboardInterrupt):
            training.train(plan, tmp_path / "run", verbose=0, policy=training.CheckpointPolicy(1e-9))
    opened = run.Run(tmp_path / "run")
    training.resume(opened, verbose=0)
    assert np.isnan(whole.run.figures()["discriminator_loss"][0]) == (recipe == "adda")  # which learns classes first
    for found, expected in zip(state(opened.load()), state(whole.run.load()), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_the_evaluation_says_what_is_told_and_what_is_taken_for_what(trained):
    found = evaluation.evaluate(trained.run)
    held_out = {one.name: one.value for one in found.figures if one.against == "held-out reals"}
    assert set(held_out) == {"source_class_accuracy", "target_class_accuracy"}
    confusion = np.asarray(found.confusion)
    assert held_out["target_class_accuracy"] == pytest.approx(np.trace(confusion) / confusion.sum())
    assert confusion.sum() == sum(found.told.values()) == 24
    page = "".join(KIND.sections(trained.run, trained.run.load(), found))
    assert "What is taken for what" in page
    assert "told square" in page


def test_a_bundle_tells_what_keras_does(trained, bundle, folders):
    model = trained.run.load()
    assert export.verify(bundle).differences["onnx"] < 1e-4
    images = np.random.RandomState(0).randint(0, 256, (5, 16, 16, 3)).astype(np.uint8)
    classifier = Classifier(bundle)
    np.testing.assert_allclose(classifier.classify(images), model.classify(images), atol=1e-5)
    card = json.loads((bundle / "card.json").read_text())
    assert (card["runner"], card["class_names"]) == ("classify.py", ["bar", "square"])
    text = (bundle / "README.md").read_text()
    assert "pipeline_tag: image-classification" in text
    assert "It gives probabilities" in text


def test_other_layouts_are_for_pictures_that_come_out(trained, tmp_path):
    with pytest.raises(ValueError, match="Leave both out"):
        export.save(trained.run.load(), tmp_path / "b", formats=("onnx",), layout="nchw")
    assert not (tmp_path / "b").exists()


def test_its_program_runs_without_kgan_and_writes_a_line_for_each_picture(bundle, folders, tmp_path):
    program = [sys.executable, "-S", "-c"]
    blocked = "import sys; sys.path[:0] = {}; sys.modules.update(dict.fromkeys(('kgan', 'tensorflow', 'keras')));"
    blocked += "sys.argv = {}; import runpy; runpy.run_path(sys.argv[0], run_name='__main__')"
    arguments = [str(bundle / "classify.py"), str(folders[1]), "--out", str(tmp_path / "classes.csv")]
    code = blocked.format([one for one in sys.path if one.endswith("site-packages")], arguments)
    done = subprocess.run([*program, code], capture_output=True, text=True, check=False)
    assert "60 pictures in" in done.stdout, done.stderr
    with (tmp_path / "classes.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows[:2]] == ["bar/00.png", "bar/01.png"]
    classifier = Classifier(bundle)
    with Image.open(folders[1] / "bar" / "00.png") as opened:
        expected = classifier.classify(classifier.prepared(opened)[None])[0]
    assert rows[0]["class"] == classifier.class_names[int(expected.argmax())]
    assert float(rows[0]["probability"]) == pytest.approx(float(expected.max()), abs=1e-5)


def test_pictures_are_brought_to_the_network_s_size_as_in_training(bundle, tmp_path):
    from kgan.data import resizing

    random = np.random.RandomState(1)
    pixels = random.randint(0, 256, (20, 37, 4)).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "wide.png")
    with Image.open(tmp_path / "wide.png") as one, Image.open(tmp_path / "wide.png") as other:
        np.testing.assert_array_equal(Classifier(bundle).prepared(one), resizing.to_array(other, 3, (16, 16)))


@pytest.mark.parametrize("which", ["source", "out", "taken", "damaged"])
def test_what_cannot_be_told_is_named(bundle, folders, tmp_path, which):
    out = tmp_path / ("classes.txt" if which == "out" else "classes.csv")
    source = tmp_path / "none" if which == "source" else folders[0] / "bar" / "00.png"
    error = {
        "source": "does not exist",
        "out": "end in .csv",
        "taken": "--overwrite",
        "damaged": "bad.png.*remaining 1",
    }
    if which == "taken":
        out.write_text("mine")
    if which == "damaged":
        source = tmp_path / "some"
        source.mkdir()
        (source / "bad.png").write_bytes(b"nothing")
        (source / "good.png").write_bytes((folders[0] / "bar" / "00.png").read_bytes())
    with pytest.raises(BundleError, match=error[which]):
        classify_files(bundle, source, out)
    assert out.exists() is (which in ("taken", "damaged"))


def test_the_command_line_tells_classes_and_refuses_what_is_for_pictures(bundle, folders, tmp_path):
    done = command("apply", bundle, folders[1] / "bar", "--out", tmp_path / "classes.csv")
    assert (done.code, done.out.strip()) == (0, f"30 pictures in {tmp_path / 'classes.csv'}"), done.err
    assert len((tmp_path / "classes.csv").read_text().splitlines()) == 31
    done = command("apply", bundle, folders[1] / "bar", "--out", tmp_path / "other.csv", "--tile", 64)
    assert done.code == 2
    assert "for a bundle that tells classes. Received: --tile" in done.err
    done = command("sample", bundle, "--out", tmp_path / "grid.png")
    assert done.code == 2
    assert not (tmp_path / "grid.png").exists()


@pytest.mark.parametrize("opened", [Applier, loading.load])
def test_what_draws_pictures_says_that_it_tells_classes(bundle, opened):
    with pytest.raises(BundleError, match="which tells classes"):
        opened(bundle)


def test_a_bundle_that_gives_pictures_tells_no_classes(bundle, tmp_path):
    model = onnx.load(bundle / "generator.onnx")
    next(one for one in model.metadata_props if one.key == "kgan_runner").value = "apply.py"
    onnx.save(model, tmp_path / "other.onnx")
    with pytest.raises(BundleError, match="a bundle that tells classes"):
        Classifier(tmp_path / "other.onnx")


@pytest.mark.parametrize("key", ["kgan_classes", "kgan_input_shape", "kgan_input_range", "kgan_crop"])
def test_metadata_of_another_type_are_refused(bundle, tmp_path, key):
    model = onnx.load(bundle / "generator.onnx")
    next(one for one in model.metadata_props if one.key == key).value = '{"a": 1}'
    onnx.save(model, tmp_path / "forged.onnx")
    with pytest.raises(BundleError, match="without kgan's metadata"):
        Classifier(tmp_path / "forged.onnx")


def test_two_places_train_it_where_the_recipe_says_so(folders):
    assert run.Plan.make(" + ".join(map(str, folders)), "adda").kind is KIND


def looks(count=4, **signs):
    usual = {"source_accuracy": 0.95, "target_accuracy": 0.8, "target_confidence": 0.9, "classes_told": 9.0}
    usual |= {"separation": 0.7, "logit_spread": 1.0}
    return [DomainSigns(**{**usual, **signs}, discriminator_change=0.1, generator_change=0.1)] * count


@pytest.mark.parametrize(
    ("history", "verdict"),
    [
        (looks(1), "too early to say"),
        (looks(), "nothing stands out"),
        (looks(target_accuracy=np.nan), "nothing stands out"),
        ([*looks(3, source_accuracy=0.5), *looks(1)], "improving"),
        (looks(source_accuracy=0.2), "source is not learned"),
        (looks(classes_told=2.0), "few classes of the target"),
        (looks(separation=0.99), "discriminator wins"),
        (looks(logit_spread=0.0), "discriminator is dead"),
        (looks(separation=np.nan), "diverged"),
    ],
)
def test_verdicts_name_what_is_wrong(history, verdict):
    assert domain_verdicts.judge(history, num_classes=10).name == verdict
