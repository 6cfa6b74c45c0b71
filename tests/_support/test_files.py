import json
import os

import pytest

from kgan._support import files


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(RuntimeError), files.replacing(target) as partial:
        partial.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_a_whole_write_replaces_and_keeps_ordinary_permissions(tmp_path):
    target = tmp_path / "new" / "a.txt"
    with files.replacing(target) as partial:
        assert partial.suffix == ".txt"
        partial.write_text("new")
    other = tmp_path / "plain"
    other.write_text("")
    assert target.read_text() == "new"
    assert target.stat().st_mode == other.stat().st_mode
    assert len(list(target.parent.iterdir())) == 1


def test_a_failed_folder_leaves_the_old_one(tmp_path):
    target = tmp_path / "bundle"
    target.mkdir()
    (target / "old").touch()
    with pytest.raises(RuntimeError), files.replacing_folder(target) as new:
        (new / "half").touch()
        raise RuntimeError
    assert [path.name for path in target.iterdir()] == ["old"]
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_a_whole_folder_replaces_the_old_one(tmp_path):
    target = tmp_path / "bundle"
    for name in ("first", "second"):
        with files.replacing_folder(target) as new:
            (new / name).touch()
    assert [path.name for path in target.iterdir()] == ["second"]
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_an_interrupt_between_the_two_renames_brings_the_old_folder_back(tmp_path, monkeypatch):
    target = tmp_path / "bundle"
    target.mkdir()
    (target / "old").touch()
    real, calls = os.replace, []

    def interrupted(source, destination):
        calls.append(destination)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(source, destination)

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt), files.replacing_folder(target) as new:
        (new / "new").touch()
    assert [path.name for path in target.iterdir()] == ["old"]
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_json_is_readable(tmp_path):
    files.write_json(tmp_path / "a.json", {"x": [1, 2]})
    assert json.loads((tmp_path / "a.json").read_text()) == {"x": [1, 2]}


@pytest.mark.parametrize("replacing", [files.replacing, files.replacing_files, files.replacing_folder])
def test_names_as_long_as_file_systems_take_are_written(tmp_path, replacing):
    target = tmp_path / f"{'a' * 246}.txt"
    with replacing(target) as partial:
        (partial / "one" if replacing is files.replacing_folder else partial).write_text("new")
    assert [path.name for path in tmp_path.iterdir()] == [target.name]
