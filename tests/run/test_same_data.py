"""A run knows its data again: what has changed is said, and refused where training would go wrong by it."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from kgan import evaluation, run
from kgan.run import same_data, training

SETTINGS = {"generator_width": "4", "discriminator_width": "4", "latent_dim": "4", "features": "pixels"}


@pytest.fixture(scope="module", autouse=True)
def _cache_of_its_own(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KGAN_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def draw(path, seed, side=8):
    pixels = np.random.RandomState(seed).randint(256, size=(side, side), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    """Forty pictures of two classes, and a run of an epoch on them."""
    home = tmp_path_factory.mktemp("home")
    for number in range(40):
        folder = home / "data" / ("cats", "dogs")[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        draw(folder / f"{number:02d}.png", number)
    plan = run.Plan.make(str(home / "data"), settings=SETTINGS, epochs=1, batch_size=12, seed=5)
    training.train(plan, home / "run", verbose=0)
    return home


@pytest.fixture
def data(once, tmp_path):
    """A copy of the pictures."""
    return shutil.copytree(once / "data", tmp_path / "data")


@pytest.fixture
def opened(once, data, tmp_path):
    """A copy of the run, on the copy of the pictures."""
    copied = run.Run(shutil.copytree(once / "run", tmp_path / "run"))
    copied.keep(copied.plan.with_data(str(data)))
    return run.Run(copied.folder)


@pytest.fixture
def resumed(monkeypatch):
    """Resumes a run as far as its first step, and gives back the lines."""
    monkeypatch.setattr(training, "_followed", lambda *arguments: None)

    def resume(of):
        lines = []
        training.resume(of, epochs=2, verbose=0, say=lines.append)
        return lines

    return resume


def test_by_what_data_are_known_stands_in_the_run_folder(opened):
    known = opened.config["fingerprint"]
    assert (known["count"], known["held_out"]) == (40, 4)
    detailed = json.loads((opened.folder / "data.json").read_text())
    assert detailed["files"]["cats/00.png"][1:] in ([0, True], [0, False])
    assert detailed["class_names"] == opened.config["class_names"] == ["cats", "dogs"]


def test_data_that_are_as_they_were_are_not_spoken_of(opened, resumed):
    assert [line for line in resumed(opened) if "chang" in line or "known" in line] == []


@pytest.mark.parametrize(
    ("change", "told", "shifted"),
    [
        (lambda data: (data / "cats" / "00.png").unlink(), r"1 of 40 files removed, such as cats/00\.png", "held-out"),
        (lambda data: draw(data / "cats" / "01.png", 99), r"1 file added to 40, such as cats/01\.png", "held-out"),
        (lambda data: (data / "cats").rename(data / "eels"), "the class cats is called eels", "Labels"),
        (lambda data: shutil.copytree(data / "cats", data / "eels"), "with the classes eels", "Labels"),
    ],
)
def test_changes_that_shift_labels_or_the_held_out_part_are_refused(opened, data, resumed, change, told, shifted):
    change(data)
    config = (opened.folder / "config.json").read_bytes()
    with pytest.raises(run.RunError, match=f"(?s)Expected the data that the run began with.*{told}.*{shifted}"):
        resumed(opened)
    with pytest.raises(run.RunError, match=told):
        evaluation.evaluate(opened)
    assert (opened.folder / "config.json").read_bytes() == config


def test_a_file_of_another_size_is_said_and_the_run_goes_on(opened, data, resumed):
    path = data / "cats" / "00.png"
    path.write_bytes(path.read_bytes() + b"\0")
    (line,) = [line for line in resumed(opened) if "changed" in line]
    assert line == (
        "The data have changed since the run began: 1 of 40 files of another size, such as cats/00.png. "
        "Labels and the held-out part are as they were."
    )


def test_a_class_that_is_called_otherwise_at_the_same_place_is_said_and_the_run_goes_on(opened, data, resumed):
    (data / "cats").rename(data / "birds")
    (line,) = [line for line in resumed(opened) if "changed" in line]
    assert "the class cats is called birds" in line


def test_data_that_moved_are_found_by_name_and_the_run_keeps_their_place(opened, data, resumed, tmp_path):
    moved = data.rename(tmp_path / "elsewhere")
    with pytest.raises(ValueError, match="which does not exist"):
        resumed(opened)
    assert [line for line in resumed(opened.with_data(str(moved))) if "chang" in line] == []
    assert run.Run(opened.folder).plan.source == str(moved)


def test_other_data_at_another_place_are_refused_and_the_old_place_stays(opened, once, resumed, tmp_path):
    for number in range(40):
        (tmp_path / "other" / "cats").mkdir(parents=True, exist_ok=True)
        draw(tmp_path / "other" / "cats" / f"other-{number}.png", number)
    with pytest.raises(run.RunError, match="40 of 40 files removed"):
        resumed(opened.with_data(str(tmp_path / "other")))
    assert run.Run(opened.folder).plan.source == opened.plan.source


def test_an_evaluation_finds_moved_data_too(opened, data, tmp_path):
    moved = data.rename(tmp_path / "elsewhere")
    found = evaluation.evaluate(opened.with_data(str(moved)))
    assert found.figures
    assert run.Run(opened.folder).plan.source == str(moved)


# --- runs of before ---


@pytest.fixture
def early(opened):
    """The run as a kgan that did not note by what data are known left it."""
    (opened.folder / "data.json").unlink()
    for entry in ("fingerprint", "found", "class_names"):
        opened.config.pop(entry)
    opened.keep_entries()
    return run.Run(opened.folder)


def test_a_run_of_before_goes_on_with_a_line_and_knows_its_data_from_then_on(early, resumed):
    (line,) = [line for line in resumed(early) if "known" in line]
    assert line.startswith(f"{early.folder} is of kgan 0.1.0, which did not note by what its data are known")
    assert line.endswith("As then: steps an epoch in batches of 12.")
    assert run.Run(early.folder).config["fingerprint"]["count"] == 40
    assert [line for line in resumed(run.Run(early.folder)) if "known" in line] == []


def test_of_a_run_of_before_it_is_said_by_which_files_labels_are_taken_now(early, data, resumed):
    rows = [f"{path.relative_to(data).as_posix()},{path.parent.name}" for path in sorted(data.rglob("*.png"))]
    (data / "metadata.csv").write_text("\n".join(["file_name,label", *rows]))
    (line,) = [line for line in resumed(early) if "known" in line]
    assert "Since then metadata.csv, labels.csv and dataset.json give labels" in line
    assert "Here: Labels are those of metadata.csv." in line


def test_a_run_of_before_whose_epochs_had_other_steps_is_refused(early, data, resumed):
    for path in sorted(data.rglob("*.png"))[:20]:
        (data / "test" / path.parent.name).mkdir(parents=True, exist_ok=True)
        path.rename(data / "test" / path.parent.name / path.name)
    for name in ("cats", "dogs"):
        (data / "train").mkdir(exist_ok=True)
        (data / name).rename(data / "train" / name)
    config = (early.folder / "config.json").read_bytes()
    with pytest.raises(run.RunError, match="steps an epoch in batches of 12: 1, where there were 3.*of kgan 0.1.0"):
        resumed(early)
    with pytest.raises(run.RunError, match="Expected the data that the run began with"):
        evaluation.evaluate(early)
    assert (early.folder / "config.json").read_bytes() == config


def test_what_a_run_of_before_noted_of_its_data_is_compared(opened, data, resumed):
    (opened.folder / "data.json").unlink()
    del opened.config["fingerprint"]
    opened.keep_entries()
    (line,) = [line for line in resumed(run.Run(opened.folder)) if "known" in line]
    assert "As then: samples, held-out samples, samples of each class, class names, steps an epoch" in line
    (data / "cats").rename(data / "eels")
    with pytest.raises(run.RunError, match="class names: dogs, eels, where there were cats, dogs"):
        resumed(opened)


# --- much, and damage ---


def test_of_very_many_files_the_number_is_known(opened, data, resumed, monkeypatch):
    monkeypatch.setattr(same_data, "_MOST_FILES", 10)
    del opened.config["fingerprint"]
    same_data.note(opened, opened.plan.load())
    assert resumed(opened) is not None
    (data / "cats" / "00.png").unlink()
    with pytest.raises(run.RunError, match="39 samples, where there were 40.*Whether labels and the held-out part"):
        resumed(opened)


def test_without_data_json_nothing_is_said_of_labels_that_cannot_be_told(opened, data, resumed):
    (opened.folder / "data.json").unlink()
    assert [line for line in resumed(opened) if "chang" in line] == []
    path = data / "cats" / "00.png"
    path.write_bytes(path.read_bytes() + b"\0")  # names and labels are known in short, too
    (line,) = [line for line in resumed(opened) if "changed" in line]
    assert line.endswith("of which it is not known how many there are. Labels and the held-out part are as they were.")
    (opened.folder / "data.json").unlink()  # which was written anew
    path.rename(data / "cats" / "99.png")
    with pytest.raises(run.RunError, match=r"files of other names.*Whether labels and the held-out part.*data\.json"):
        resumed(opened)


@pytest.mark.parametrize("change", ["removed", "resized", "exchanged"])
def test_data_that_are_mostly_others_are_refused(opened, data, resumed, change):
    if change == "exchanged":
        (data / "cats").rename(data / "other")
        (data / "dogs").rename(data / "cats")
        (data / "other").rename(data / "dogs")
    pictures = sorted(data.rglob("*.png"))[:21] if change != "exchanged" else []
    for path in pictures:
        path.unlink() if change == "removed" else path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(run.RunError, match="(?s)(Most samples|most samples|Labels).* would be others"):
        resumed(opened)


def test_changes_that_were_accepted_are_known_from_then_on(opened, data, resumed):
    path = data / "cats" / "00.png"
    path.write_bytes(path.read_bytes() + b"\0")
    assert [line for line in resumed(opened) if "changed" in line]
    again = run.Run(opened.folder)
    assert [line for line in resumed(again) if "changed" in line] == []
    known = json.loads((again.folder / "data.json").read_text())
    assert known["files"]["cats/00.png"][0] == path.stat().st_size
    assert known["digest"] == again.config["fingerprint"]["digest"]


def test_what_was_found_is_written_anew_with_changes_that_were_accepted(opened, data, resumed):
    (data / "notes.txt").write_text("of another kind")
    (data / "cats").rename(data / "birds")
    resumed(opened)
    again = run.Run(opened.folder)
    assert list(again.config["found"]["classes"]) == ["birds", "dogs"]
    assert again.config["class_names"] == ["cats", "dogs"]  # by which the model knows them


@pytest.mark.parametrize("content", ["[]", "{}", '{"rows": {}, "files": {"a": [1]}}', "nonsense"])
def test_a_file_that_kgan_did_not_write_is_named(opened, resumed, content):
    (opened.folder / "data.json").write_text(content)
    with pytest.raises(run.RunError, match=r"Expected .*data\.json as kgan train writes it"):
        resumed(opened)
