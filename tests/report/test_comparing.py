import json

import pytest

from kgan import evaluation, recipes, report, run
from pages import check_self_contained

pytest_plugins = ["small_runs"]


@pytest.fixture
def pair(unlabelled_once, unlabelled):
    """A run and its copy under another name."""
    other = unlabelled.folder.rename(unlabelled.folder.with_name("copy <u>"))
    return [unlabelled_once, run.Run(other)]


def changed(of_run, **settings):
    """The run as if it had been trained with other settings."""
    config = json.loads((of_run.folder / "config.json").read_text())
    plan = config["plan"]
    of_recipe = {key: value for key, value in settings.items() if key not in plan}
    plan |= {key: value for key, value in settings.items() if key in plan}
    plan["recipe"] = recipes.Recipe.from_dict(plan["recipe"]).changed(of_recipe).content()
    (of_run.folder / "config.json").write_text(json.dumps(config))
    return run.Run(of_run.folder)


def rows_of(comparison):
    return dict([*comparison.settings, *comparison.outcomes, *comparison.evaluated])


def test_runs_that_are_alike_stand_in_one_column_each(pair, tmp_path):
    comparison = report.compare(pair)
    assert comparison.runs == ["unlabelled", "copy <u>"]
    assert comparison.settings == []
    rows = rows_of(comparison)
    last = pair[0].figures()["val_frechet_distance"][-1]
    assert rows["Frechet distance (pixels, 25 : 25)"] == [f"{last:.4f}"] * 2
    assert rows["epochs"] == ["3", "3"]
    assert rows["verdict"] == [pair[0].verdict.name] * 2
    assert rows["time"][0].endswith(" s")
    assert list(comparison.panels) == ["Frechet distance (pixels, 25 : 25)"]
    page = check_self_contained(comparison.write(tmp_path / "compare.html").read_text())
    assert page.headings[:3] == ["Drawn after the last epoch", "Over epochs", "After the last epoch"]
    assert "copy <u>" in page.text
    assert "All settings are the same." in page.text
    assert len(page.images) == 2 + 1


def test_what_each_run_drew_last_stands_side_by_side(pair, tmp_path):
    assert [path.name for path in report.compare(pair).pictures.values()] == ["epoch-0003.png"] * 2
    pair[1].frames()[-1].unlink()
    content = report.compare(pair).write(tmp_path / "compare.html").read_text()
    drawn = [image for image in check_self_contained(content).images if image["alt"].startswith("What ")]
    assert [image["alt"] for image in drawn] == ["What unlabelled drew last", "What copy <u> drew last"]
    assert {image["class"] for image in drawn} == {"pixels"}
    for text in ("unlabelled, after epoch 3", "copy &lt;u&gt;, after epoch 2", '<div class="scrolled">'):
        assert text in content
    for path in pair[1].frames():
        path.unlink()
    assert list(report.compare(pair).pictures) == ["unlabelled"]


def test_settings_that_differ_are_shown_and_the_others_are_not(pair):
    settings = dict(report.compare([pair[0], changed(pair[1], beta_1=0.5, seed=6)]).settings)
    assert settings == {
        "generator_optimizer.beta_1": ["0.0", "0.5"],
        "discriminator_optimizer.beta_1": ["0.0", "0.5"],
        "seed": ["5", "6"],
    }


def test_settings_that_one_run_has_alone_are_told_from_those_that_are_none(pair):
    settings = {"penalties.r1": None, "ema_half_life": "none", "augmentation": "color"}
    differ = dict(report.compare([pair[0], changed(pair[1], **settings)]).settings)
    assert differ == {
        "penalties.r1.gamma": ["1.0", "-"],
        "penalties.r1.every": ["1", "-"],
        "model.ema_half_life": ["20000.0", "none"],
        "augmentation": ["none", "-"],
        "augmentation.name": ["-", "diff_augment"],
        "augmentation.policy": ["-", "color"],
        "augmentation.probability": ["-", "1.0"],
    }


def test_runs_measured_on_different_features_are_kept_apart(pair, tmp_path):
    comparison = report.compare([pair[0], changed(pair[1], features="digits")])
    rows = rows_of(comparison)
    for features, place in (("pixels", 0), ("digits", 1)):
        row = rows[f"Frechet distance ({features}, 25 : 25)"]
        assert row[1 - place] == "-"
        assert row[place] != "-"
    assert list(comparison.panels) == ["Frechet distance (pixels, 25 : 25)", "Frechet distance (digits, 25 : 25)"]
    (warning,) = [one for one in comparison.warnings if "features" in one]
    assert "pixels, 25 : 25; digits, 25 : 25" in warning
    page = check_self_contained(comparison.write(tmp_path / "compare.html").read_text())
    assert warning in page.text
    assert warning in comparison.lines()
    assert len(page.images) == 2 + 2


def test_runs_of_different_numbers_of_samples_are_kept_apart(pair):
    log = pair[1].log
    names, *lines = log.read_text().splitlines()
    place = names.split(",").index("val_generated_samples")
    cells = [line.split(",") for line in lines]
    for row in cells:
        row[place] = "500.0"
    log.write_text("\n".join([names, *(",".join(row) for row in cells)]) + "\n")
    comparison = report.compare(pair)
    assert rows_of(comparison)["Coverage (pixels, 500 : 25)"][0] == "-"
    assert any("pixels, 25 : 25; pixels, 500 : 25" in warning for warning in comparison.warnings)


def test_losses_of_different_games_are_kept_apart(pair):
    comparison = report.compare([pair[0], changed(pair[1], loss="hinge")], "val_generator_loss")
    assert list(comparison.panels) == [
        "generator loss, held out (non_saturating)",
        "generator loss, held out (hinge)",
    ]
    assert any("different losses (non_saturating; hinge)" in warning for warning in comparison.warnings)


def test_other_data_and_other_held_out_reals_are_said(pair, labelled_once):
    assert "The runs have different data" in report.compare([pair[0], labelled_once]).warnings[0]
    assert "The seeds differ" in report.compare([pair[0], changed(pair[1], seed=9)]).warnings[0]


def test_evaluations_stand_beside_each_other_where_they_are_of_the_same_kind(pair, of_unlabelled):
    evaluation.evaluate(pair[1], num_samples=30)
    comparison = report.compare(pair)
    rows = dict(comparison.evaluated)
    figure = next(one for one in of_unlabelled.figures if one.against == "held-out reals")
    assert rows["Frechet distance (pixels), 225 : 25 held-out reals"] == [f"{figure.value:.4f}", "-"]
    assert rows["Frechet distance (pixels), 30 : 25 held-out reals"][0] == "-"
    assert any("225 : 25 held-out reals; Frechet distance (pixels), 30 : 25" in one for one in comparison.warnings)
    assert any(name.startswith("Diversity") for name in rows)
    pair[1].evaluation.unlink()
    assert "Not evaluated yet (kgan evaluate): copy <u>." in report.compare(pair).warnings


def test_a_run_without_the_metric_is_named(pair):
    pair[1].log.write_text("epoch,generator_loss\n0,0.5\n")
    comparison = report.compare(pair)
    assert comparison.metric == "val_frechet_distance"
    assert "Without val_frechet_distance: copy <u>." in comparison.warnings
    pair[1].log.unlink()
    pair[1].diagnosis.unlink()
    rows = rows_of(report.compare([pair[0], changed(pair[1])]))
    assert rows["epochs"] == ["3", "0"]
    assert rows["verdict"][1] == "-"


def test_runs_of_the_same_name_are_told_apart_by_their_folders(unlabelled_once, unlabelled):
    assert report.compare([unlabelled_once, unlabelled]).runs == [str(unlabelled_once.folder), str(unlabelled.folder)]


def test_any_column_can_be_plotted_and_an_unknown_one_is_named(pair):
    (name,) = report.compare(pair, "monitor_diversity").panels
    assert name == "diversity, monitor (pixels)"
    assert list(report.compare(pair, "r1_penalty").panels) == ["r1 penalty"]
    with pytest.raises(ValueError, match=r"Expected metric to be one of .*Did you mean 'val_precision'"):
        report.compare(pair, "val_precison")


def test_fewer_than_two_runs_or_the_same_one_twice_are_refused(unlabelled_once):
    for runs in ([unlabelled_once], [unlabelled_once, unlabelled_once]):
        with pytest.raises(run.RunError, match="Expected two different runs or more. Received: "):
            report.compare(runs)


def test_runs_that_never_ended_an_epoch_and_damaged_evaluations_are_named(pair):
    pair[1].evaluation.write_text('{"figures": [{}]}')
    with pytest.raises(
        run.RunError, match="Expected .*evaluation.json as kgan evaluate writes it.*Evaluate the run again"
    ):
        report.compare(pair)
    pair[1].log.unlink()
    with pytest.raises(ValueError, match="Expected runs with at least one epoch"):
        report.compare([pair[1], empty(pair[1])])


def empty(of_run):
    """A run of the same plan that has only begun."""
    return run.Run.create(of_run.folder.parent / "begun", of_run.plan)
