"""Wrong commands say what was wrong and what to do, without a traceback, and write nothing."""

import importlib.util
import re
from pathlib import Path

import pytest

from commands import kgan as command

_place = importlib.util.spec_from_file_location("wrong_commands", Path(__file__).with_name("wrong_commands.py"))
wrong_commands = importlib.util.module_from_spec(_place)
_place.loader.exec_module(wrong_commands)


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("workplace")
    wrong_commands.workplace(folder)
    return folder, wrong_commands.contents(folder)


@pytest.mark.parametrize("wrong", wrong_commands.WRONG, ids=lambda wrong: wrong.typed)
def test_a_wrong_command_is_told(workplace, monkeypatch, wrong):
    folder, before = workplace
    monkeypatch.chdir(folder)
    done = command(*wrong.typed.split())
    assert done.code == 2
    assert wrong.names in done.err
    assert wrong.says in " ".join(done.err.split())
    assert "Traceback" not in done.err
    assert re.fullmatch(r"((Looking at|Reading) [^\n]*\.\.\.\n)*", done.out), (
        done.out
    )  # what is said before data are read
    assert wrong_commands.contents(folder) == before


def test_there_are_fifty():
    assert len({wrong.typed for wrong in wrong_commands.WRONG}) == len(wrong_commands.WRONG) >= 50
