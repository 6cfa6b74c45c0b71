"""The pages on questions: each command has the options and settings that it names, and each figure its command."""

import re
import shlex
from pathlib import Path

import pytest

import kgan
from kgan import recipes
from kgan_cli.app import app

PAGES = sorted((Path(__file__).parents[2] / "docs" / "guides" / "questions").glob("*.md"))


def commands_of(text):
    """Every `kgan ...` of a page, in blocks and between the lines."""
    blocks = "\n".join(re.findall(r"```console\n(.*?)```", text, re.DOTALL))
    lines = [line.partition("   #")[0] for line in blocks.splitlines()]
    lines += re.findall(r"`(kgan [a-z].*?)`", text)
    return [line.strip().partition(" > ")[0] for line in lines if line.strip().startswith("kgan ")]


COMMANDS = sorted({(page.name, command) for page in PAGES for command in commands_of(page.read_text(encoding="utf-8"))})


@pytest.mark.parametrize(("page", "command"), COMMANDS)
def test_every_command_of_the_pages_exists_with_its_options(page, command):
    import typer

    group = typer.main.get_command(app)
    words = shlex.split(command)[1:]
    while words and hasattr(group, "commands") and words[0] in group.commands:
        group = group.commands[words.pop(0)]
    assert not hasattr(group, "commands") or group.invoke_without_command, command
    options = {name for one in group.params for name in (*one.opts, *one.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= options, command


SETTINGS = sorted(
    {setting for page in PAGES for setting in re.findall(r"--set ([\w.]+=[\w.,-]+)", page.read_text("utf-8"))}
)


def test_every_setting_of_the_pages_can_be_set():
    for setting in SETTINGS:
        name, value = setting.split("=", 1)
        base = {"augmentation": "ada"} if name.startswith("augmentation.") else {}
        assert recipes.get("digits").changed({**base, name: value}) != recipes.get("digits"), setting


@pytest.mark.slow
def test_the_first_lines_of_the_page_on_notebooks_are_a_game():
    page = (PAGES[0].parent / "notebooks.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert "gan.fit(splits, epochs=1)" in block
    held = {"kgan": kgan}
    exec(block.replace("gan.fit(splits, epochs=1)", "gan.fit(splits.train.take(1), verbose=0)"), held)
    assert held["gan"].generate(1, seed=0).shape == (1, 28, 28, 1)
