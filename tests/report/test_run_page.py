import base64
import io
import json

import numpy as np
import pytest
from PIL import Image

from kgan import GAN, evaluation, report, run
from kgan.data import Splits
from kgan.report import markup, plots
from pages import Page, check_self_contained

pytestmark = pytest.mark.slow  # whole runs and exports: .ci/run has them

pytest_plugins = ["small_runs"]

SECTIONS = [
    "Key figures",
    "Samples",
    "Class by class",
    "Nearest training reals",
    "Interpolations",
    "Losses and accuracies",
    "Metrics over time",
    "The game and the samples",
    "Settings and versions",
]


@pytest.fixture(scope="module")
def of_classes(labelled_once, of_labelled, tmp_path_factory):
    return report.write(labelled_once, of_labelled, tmp_path_factory.mktemp("reports") / "report.html").read_text()


def test_the_report_has_all_sections_and_needs_nothing_but_itself(of_classes):
    page = check_self_contained(of_classes)
    assert page.headings == SECTIONS
    kinds = [image["src"][:15] for image in page.images]
    assert kinds.count("data:image/gif;") == 1
    assert len(kinds) == 2 + 1 + 2 + 10 + 2 + 3 + 3 + 8


def test_the_figures_in_the_report_are_those_of_the_json(classified):
    of_run, found = classified
    page = Page(report.write(of_run, found).read_text())
    written = json.loads(of_run.evaluation.read_text())
    cells = {row[0][0]: row for row in page.rows if len(row) == 4 and len(row[0]) == 2}  # and not the looks
    assert len({figure["label"] for figure in written["figures"]}) == len(cells) == 10
    columns = {"held-out reals": 1, "no reals": 1, "training reals": 3}
    for figure in written["figures"]:
        row = cells[figure["label"]]
        shown = row[columns[figure["against"]]]
        assert_shows(shown, figure["value"], figure["generated_samples"], figure["real_samples"])
        if figure["floor_samples"]:
            assert_shows(row[2], figure["floor"], figure["floor_samples"], figure["real_samples"])
    for name, value in written["players"].items():
        assert [[name.replace("_", " ")], [f"{value:.4f}"]] in page.rows


def assert_shows(cell, value, drawn, reals):
    number, counts = cell
    if value is None:
        assert number == "none alike"
    else:
        assert float(number.replace(",", "")) == pytest.approx(value, rel=1e-3, abs=5e-5)
    assert counts == (f"{drawn:,} : {reals:,}" if reals else f"{drawn:,}, no reals")


def test_the_headline_is_the_last_verdict_with_its_advice(labelled_once, of_classes):
    verdict = labelled_once.verdict
    text = Page(of_classes).text
    before, after = text.partition("Key figures")[::2]
    assert verdict.name.capitalize() in before
    assert verdict.because in before
    assert verdict.advice in before
    assert "Epochs" in after
    assert of_classes.count('title="Epoch ') == len(labelled_once.looks()) == 2


def test_what_the_user_named_is_shown_as_it_is_and_never_as_markup(labelled_once, of_classes):
    page = Page(of_classes)
    for name in ("labelled <u> & co", "<i>zero", 'one" & two', labelled_once.plan.source):
        assert name in page.text
    assert "<u>" not in of_classes
    assert "<i>zero" not in of_classes
    assert any(image["alt"] == 'Samples of the class one" & two' for image in page.images)


def test_classes_are_named_wherever_they_are_shown(of_classes):
    page = Page(of_classes)
    for alt, times in (
        ("Samples of the class {}", 1),
        ("{}, beside the training reals nearest to it, at ", 5),
        ("Samples on the way from one latent to another, of {}", 1),
    ):
        for name in ("<i>zero", 'one" & two'):
            found = [image for image in page.images if image["alt"].startswith(alt.format(name))]
            assert len(found) == times, alt
    assert "on the features pixels, out of all 180." in page.text
    assert "A class in each column." in page.text


def test_each_picture_of_samples_is_at_least_64_pixels_a_sample_and_sharp(of_classes):
    sizes = {"A grid of generated samples": (8, 8), "A grid of training reals": (8, 8), "Samples of": (10, 1)}
    sizes |= {"Samples on the way": (9, 1), "<i>zero, beside": (6, 1), 'one" & two, beside': (6, 1)}
    drawn = [image for image in Page(of_classes).images if "over epochs" not in image["alt"]]
    seen = [image for image in drawn if image["src"].startswith("data:image/png")]
    assert {image["class"] for image in drawn} == {"pixels"}
    for image in seen:
        columns, rows = next(size for start, size in sizes.items() if image["alt"].startswith(start))
        assert int(image["width"]) == 64 * columns
        assert int(image["height"]) in (64 * rows, 14 + 64 * rows)


def test_the_headline_says_of_which_epoch_the_weights_are(unlabelled, of_unlabelled):
    assert (
        "Figures and samples are of the weights" not in Page(report.write(unlabelled, of_unlabelled).read_text()).text
    )
    unlabelled.note_export(unlabelled.chosen("last"))
    page = Page(report.write(unlabelled, of_unlabelled).read_text())
    assert f"of the weights of epoch 3, {unlabelled.exported['because']}." in page.text


def test_a_generator_without_classes_has_no_section_of_classes(unlabelled_once, of_unlabelled, tmp_path):
    page = check_self_contained(report.write(unlabelled_once, of_unlabelled, tmp_path / "a.html").read_text())
    assert page.headings == [title for title in SECTIONS if title != "Class by class"]
    assert "Spherical paths between two latents." in page.text


def test_without_held_out_data_it_says_so(unlabelled, monkeypatch):
    splits = unlabelled.plan.load()
    monkeypatch.setattr(run.Plan, "load", lambda self, *_, **__: Splits(splits.train, None, splits.sample_shape))
    found = evaluation.evaluate(unlabelled, num_samples=20)
    page = check_self_contained(report.write(unlabelled, found).read_text())
    assert "No held-out reals: against training reals alone, a generator that copies them looks best." in page.text
    assert "Both players" not in page.text


def test_a_run_that_kept_no_logs_is_reported_by_what_it_has(unlabelled, of_unlabelled):
    for path in (unlabelled.log, unlabelled.diagnosis, unlabelled.film):
        path.unlink()
    page = check_self_contained(report.write(unlabelled, of_unlabelled).read_text())
    assert "No verdict" in page.text
    assert page.headings == [
        "Key figures",
        "Samples",
        "Nearest training reals",
        "Interpolations",
        "Settings and versions",
    ]


def test_a_run_interrupted_before_metrics_existed_has_the_curves_that_there_are(unlabelled, of_unlabelled):
    unlabelled.log.write_text("epoch,discriminator_loss,generator_loss,val_generator_loss\n0,1.5,0.5,NA\n")
    page = check_self_contained(report.write(unlabelled, of_unlabelled).read_text())
    assert "Losses and accuracies" in page.headings
    assert "Metrics over time" not in page.headings


def test_a_generator_that_diverged_is_reported_without_a_warning(unlabelled, monkeypatch):
    def diverged(self, n, *_, **__):
        return iter([np.full((n, 8, 8, 1), np.nan, np.float32)])

    monkeypatch.setattr(GAN, "generate_in_batches", diverged)
    found = evaluation.evaluate(unlabelled, num_samples=20)
    assert (found.figures, found.neighbours) == ([], None)
    assert json.loads(unlabelled.evaluation.read_text())["figures"] == []
    page = check_self_contained(report.write(unlabelled, found).read_text())
    assert "the generator makes numbers that are not finite" in page.text
    assert "Nearest training reals" not in page.headings


def test_a_large_film_is_drawn_again_from_fewer_frames(unlabelled, of_unlabelled, monkeypatch):
    monkeypatch.setattr("kgan.report.film._FILM_BYTES", 10)
    monkeypatch.setattr("kgan.report.film._FILM_FRAMES", 2)
    page = Page(report.write(unlabelled, of_unlabelled).read_text())
    (film,) = [image for image in page.images if image["src"].startswith("data:image/gif")]
    with Image.open(io.BytesIO(base64.b64decode(film["src"].partition("base64,")[2]))) as opened:
        assert opened.n_frames == 2


def test_uniform_latents_are_joined_by_straight_lines(unlabelled, of_unlabelled, monkeypatch):
    from kgan import latents

    gan = unlabelled.load()
    gan.latents = latents.Uniform()
    monkeypatch.setattr(run.Run, "load_exported", lambda self: gan)
    assert "Linear paths" in Page(report.write(unlabelled, of_unlabelled).read_text()).text


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("log.csv", "epoch,generator_loss\n0,what\n"),
        ("diagnosis.json", "{"),
        ("diagnosis.json", '{"looks": [{"epoch": 1, "signs": {}, "verdict": {"name": "balanced"}}]}'),
    ],
)
def test_damaged_logs_are_named(unlabelled, of_unlabelled, name, content):
    (unlabelled.folder / name).write_text(content)
    with pytest.raises(run.RunError, match=f"Expected .*{name} as kgan train writes it"):
        report.write(unlabelled, of_unlabelled)
    assert not unlabelled.report.exists()


def test_plots_are_pictures_of_any_curves_and_leave_pyplot_alone():
    import matplotlib.pyplot

    open_before = matplotlib.pyplot.get_fignums()  # of the examples, whose tests may have run already
    epochs = [1, 2, 3]
    for values in ([1.0, 100.0, 1e4], [float("nan")] * 3, [0.0, -1.0, 2.0]):
        content = plots.curves({"a": (epochs, values), "a, held out": (epochs, values)}, "loss", logarithmic=True)
        with Image.open(io.BytesIO(content)) as picture:
            assert picture.mode == "RGBA"
            assert picture.getpixel((0, 0))[3] == 0  # transparent, for light and dark pages
    assert plots.curves({"a": ([1], [2.0])}, "b") == plots.curves({"a": ([1], [2.0])}, "b")
    assert matplotlib.pyplot.get_fignums() == open_before


def test_html_escapes_titles_and_texts():
    page = markup.page("<a>", [markup.section("<b>", markup.paragraph("<c>"))])
    assert "<title>&lt;a&gt;</title>" in page
    assert "<h2>&lt;b&gt;</h2>" in page
    assert "<p>&lt;c&gt;</p>" in page
    assert markup.section("nothing") == ""
