import pytest
from pair_games import train

from kgan import evaluation, report, run
from pages import Page, check_self_contained

pytest_plugins = ["small_pair_runs"]

SECTIONS = [
    "Key figures",
    "Input, output, truth",
    "The nearest and the farthest",
    "Losses and accuracies",
    "Metrics over time",
    "The game",
    "Settings and versions",
]


@pytest.fixture(scope="module")
def written(paired_once, of_paired, tmp_path_factory):
    path = tmp_path_factory.mktemp("reports") / "report.html"
    return report.write(paired_once[0].run, of_paired, path).read_text()


def test_the_report_of_pairs_has_all_sections_and_needs_nothing_but_itself(written):
    page = check_self_contained(written)
    assert page.headings == SECTIONS
    kinds = [image["src"][:15] for image in page.images]
    assert kinds.count("data:image/gif;") == 1
    assert "Held-out pairs." in page.text
    assert "Not at the numbers of samples" not in page.text


def test_key_figures_stand_beside_what_the_input_would_score(written, of_paired):
    page = Page(written)
    cells = {row[0][0]: row for row in page.rows if len(row) == 4 and row[0]}
    for figure in of_paired.figures:
        shown = cells[figure.label]
        if figure.against == evaluation.HELD_OUT:
            assert float(shown[1][0]) == pytest.approx(figure.value, abs=5e-5)
            assert float(shown[2][0]) == pytest.approx(figure.floor, abs=5e-5)
            assert shown[1][1] == "4 : 4"
        else:
            assert float(shown[3][0]) == pytest.approx(figure.value, abs=5e-5)


def test_the_farthest_are_told_by_their_decibels(written, of_paired):
    told = ", ".join(f"{psnr:.1f}" for psnr in of_paired.farthest.psnr)
    assert f"The farthest from their truths. PSNR in dB, row by row: {told}." in Page(written).text


def test_the_headline_is_the_last_verdict(written, paired_once):
    verdict = paired_once[0].run.verdict
    before, _, after = Page(written).text.partition("Key figures")
    assert verdict.name.capitalize() in before
    assert verdict.because in before
    assert "Error, held out" in written
    assert after


def test_runs_on_pairs_are_compared_by_their_psnr(paired, folder_of_pairs, tmp_path):
    other = train(folder_of_pairs, tmp_path / "other", epochs=1, batch_size=20).run
    evaluation.evaluate(paired)
    found = report.compare([paired, other])
    assert found.metric == "val_psnr"
    outcomes = dict(found.outcomes)
    assert outcomes["epochs"] == ["2", "1"]
    assert outcomes["PSNR, dB"][0] == f"{paired.figures()['val_psnr'][-1]:.4f}"
    assert "batch_size" in dict(found.settings)
    assert dict(found.evaluated)["SSIM, 4 : 4 held-out reals"][1] == "-"
    check_self_contained(found.write(tmp_path / "compare.html").read_text())


def test_a_run_on_pairs_that_kept_no_logs_is_reported_by_what_it_has(paired, of_paired):
    for path in (paired.log, paired.diagnosis, paired.film):
        path.unlink()
    page = check_self_contained(report.write(paired, of_paired).read_text())
    assert page.headings == [SECTIONS[0], SECTIONS[1], SECTIONS[2], SECTIONS[-1]]


def test_a_damaged_record_of_the_monitor_is_named(paired, of_paired):
    paired.diagnosis.write_text("{")
    with pytest.raises(run.RunError, match=r"Expected .*diagnosis\.json as kgan train writes it"):
        report.write(paired, of_paired)
