"""Lines that outlast their reader, TensorFlow's log lines, and errors in the words of the command line."""

import ast
import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

import kgan
import kgan_cli
from kgan_cli import output, quiet
from kgan_cli.spelling import as_typed

KGAN = "import sys; from kgan_cli import main; sys.argv = ['kgan', *sys.argv[1:]]; main()"


def in_a_process(arguments, script=KGAN, **environment):
    kept = {name: value for name, value in os.environ.items() if name not in ("TF_CPP_MIN_LOG_LEVEL", quiet.ASKED)}
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        env=kept | environment,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.slow
def test_a_pipe_that_nobody_reads_is_no_error():
    script = "import os, sys; os.close(1); r, w = os.pipe(); os.close(r); os.dup2(w, 1)\n"
    script += "import io; sys.stdout = io.TextIOWrapper(io.FileIO(1, 'w'), encoding='utf-8')\n" + KGAN
    done = in_a_process(["recipes"], script)
    assert (done.returncode, done.stderr) == (0, "")


FULL = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device that is always full is Linux's")
INTO_FULL = "import os; os.dup2(os.open('/dev/full', os.O_WRONLY), 1)\n"


@FULL
@pytest.mark.parametrize(
    "arguments",
    [
        ["--version"],
        pytest.param(["recipes"], marks=pytest.mark.slow),
        pytest.param(["recipes", "show", "digits"], marks=pytest.mark.slow),
    ],
)
def test_a_full_disk_is_told_once_and_fails_a_command_that_prints(arguments):
    done = in_a_process(arguments, INTO_FULL + KGAN)
    cause = "error: The lines of kgan cannot be written (No space left on device).\n"
    assert (done.returncode, done.stderr) == (1, cause)


@FULL
def test_work_goes_on_where_its_lines_fill_the_disk_and_is_no_failure():
    script = INTO_FULL + (
        "import sys\nfrom kgan_cli import output\n"
        "with output.lasting():\n"
        "    output.if_unread('training goes on.')\n"
        "    output.say('a'); output.say('b')\n"
        "    status = output.status()\n"
        "sys.exit(status)"
    )
    done = in_a_process([], script)
    assert done.returncode == 0
    assert done.stderr == "The lines of kgan cannot be written (No space left on device); training goes on.\n"


class Fails:
    """A stream whose lines cannot be written."""

    def __init__(self, number, terminal, file):
        self._error, self._terminal, self._file = OSError(number, os.strerror(number)), terminal, file

    def isatty(self):
        return self._terminal

    def fileno(self):
        return self._file.fileno()

    def write(self, text):
        raise self._error


@pytest.mark.parametrize(
    ("number", "terminal", "lost"),
    [
        (errno.EPIPE, False, False),
        (errno.EIO, True, False),
        (errno.EIO, False, True),
        (errno.ENOSPC, False, True),
        (errno.EDQUOT, True, True),
    ],
)
def test_a_reader_that_left_is_told_from_a_write_that_failed(tmp_path, capsys, number, terminal, lost):
    with (tmp_path / "lines").open("w") as file:
        stream = output._Lasting(Fails(number, terminal, file))
        stream.write("a line")
        stream.write("another")
    assert stream.lost == lost
    assert capsys.readouterr().err.count(os.strerror(number)) == lost


@pytest.mark.slow
def test_tensorflow_says_nothing_unless_it_is_asked():
    done = in_a_process(["recipes"])
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_tensorflow_says_what_it_says_when_it_is_asked():
    assert "oneDNN" in in_a_process(["recipes"], KGAN_TENSORFLOW_LOG="1").stderr


@pytest.mark.slow
def test_a_locale_of_ascii_is_no_error():
    done = in_a_process(["recipes", "show", "digits"], LC_ALL="C", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.isascii()


@pytest.mark.parametrize(
    ("severities", "kept"),
    [
        ("I", ["W0000 00:00:1.2 9 a.cc:1] careful", "E0000 00:00:1.2 9 b.cc:2] failed", "Killed by me", "more"]),
        ("IWE", ["Killed by me", "more"]),
    ],
)
def test_log_lines_are_told_from_what_else_is_written(severities, kept):
    lines = [
        "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR",
        "I0000 00:00:1795758479.124812   25086 port.cc:153] oneDNN custom operations are on.",
        "I0000 00:00:1.2 9 cpu_feature_guard.cc:227] This binary is optimized.",
        "To enable the following instructions: AVX2, rebuild TensorFlow.",
        "W0000 00:00:1.2 9 a.cc:1] careful",
        "E0000 00:00:1.2 9 b.cc:2] failed",
        "Killed by me",
        "more",
    ]
    found = quiet._others([f"{line}\n".encode() for line in lines], severities.encode())
    assert [line.decode().rstrip() for line in found] == kept


@pytest.mark.parametrize(
    ("set_by_user", "level"),
    [
        ({}, 3),
        ({"TF_CPP_MIN_LOG_LEVEL": "1"}, 1),
        ({"KGAN_TENSORFLOW_LOG": "1"}, 0),
        ({"TF_CPP_MIN_LOG_LEVEL": "x"}, 0),
    ],
)
def test_the_level_is_the_user_s_where_there_is_one(monkeypatch, set_by_user, level):
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    monkeypatch.delenv(quiet.ASKED, raising=False)
    for name, value in set_by_user.items():
        monkeypatch.setenv(name, value)
    assert quiet.choose_level() == level


OPTIONS = typer.main.get_command(kgan_cli.app).commands["train"].params


@pytest.mark.parametrize(
    ("python", "typed"),
    [
        ("Ask for fewer pixels, image_size=64, say.", "Ask for fewer pixels, --image-size 64, say."),
        ("Received: image_size=(96, 64).", "Received: --image-size 64x96."),
        (
            "Expected batch_size >= 1. Received: batch_size=0.",
            "Expected --batch-size of at least 1. Received: --batch-size 0.",
        ),
        ("Pass crop=False.", "Pass --stretch."),
        ("Received: data.image_size=-3.", "Received: --image-size -3."),
        (
            "Mend the file, or pass labels='folders' to leave it aside.",
            "Mend the file, or pass --set data.labels=folders to leave it aside.",
        ),
        ("Pass levels=[black, white].", "Pass --set 'data.levels=[black, white]'."),
        ("Received: flip='maybe'.", "Received: --set data.flip=maybe."),
        ("Ask for channels=3, or leave", "Ask for --channels 3, or leave"),
        (
            "Remove the file, or load without strict to skip it.",
            "Remove the file, or load without --strict to skip it.",
        ),
        ("Hold out more, or pass export='last'.", "Hold out more, or pass --export last."),
        ("Pass depth=8 for sides", "Pass depth=8 for sides"),
        ("'grey' (1), 'colour' (3) or None.", "'grey' (1), 'colour' (3) or none."),
        ("Expected data.validation_split in [0, 1).", "Expected --validation-split of at least 0 and below 1."),
        ("Expected retries with", "Expected --retry with"),
        ("Received: source='x'.", "Received: x."),
        ("a picture called None.png, or source None", "a picture called None.png, or source none"),
        ("Received: --set epochs=3.", "Received: --set epochs=3."),
        ("an epoch of 70 steps; all epochs of it", "an epoch of 70 steps; all epochs of it"),
        ("Received: the file /a/image_size=3/b.png.", "Received: the file /a/image_size=3/b.png."),
        ("Received: my_batch_size=3.", "Received: my_batch_size=3."),
    ],
)
def test_arguments_are_spelled_as_options(python, typed):
    assert as_typed(python, OPTIONS) == typed


@pytest.mark.parametrize(
    ("python", "typed"),
    [
        ("Received: generator_optimizer.learning_rate=0.", "Received: --set learning_rate=0."),
        ("Expected discriminator_optimizer.learning_rate > 0.", "Expected --set learning_rate above 0."),
        ("Received: channels=99.", "Received: --set data.channels=99."),
        ("Received: warmup_learning_rate=0.", "Received: warmup_learning_rate=0."),
        ("Received: batch_size=7.", "Received: --batch-size 7."),
    ],
)
def test_settings_are_called_as_they_were_typed(python, typed):
    assert as_typed(python, OPTIONS, {"settings": ["learning_rate=0", "data.channels=99"]}) == typed


def test_paths_are_called_as_they_were_typed(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    said = f"Expected images in {tmp_path / 'photos'}. Received: {tmp_path / 'photos' / 'a.txt'}, {tmp_path}/photos-2."
    expected = f"Expected images in photos. Received: photos/a.txt, {tmp_path}/photos-2."
    assert as_typed(said, OPTIONS, {"source": "photos/"}) == expected


RESUME = typer.main.get_command(kgan_cli.app).commands["resume"].params


def test_what_python_does_by_a_method_is_an_option_here():
    said = "name the place where they are now, kgan.run.Run(...).with_data(PLACE), or train another run"
    assert as_typed(said, RESUME) == "name the place where they are now, --data PLACE, or train another run"
    assert as_typed("Pass epochs=60 to train on.", RESUME) == "Pass --epochs 60 to train on."


def test_no_sentence_of_the_library_names_an_option_but_in_a_whole_command():
    found = []
    for path in sorted(Path(kgan.__file__).parent.rglob("*.py")):
        if path.name in ("advice.py", "markup.py"):  # one asks who reads it, the other holds a style sheet
            continue
        for text in _texts(ast.parse(path.read_text(encoding="utf-8"))):
            option = re.search(r"(?<![\w-])--[a-z][\w-]+(?![\w-]*:)", text)
            if option and not re.search(r"\bkgan [a-z]+ |\bpip ", text[: option.start()]):
                found.append(f"{path.name}: {text}")
    assert found == []


def _texts(tree):
    """Every text in a module that is no docstring; one that is put together, as a whole."""
    inner = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            inner.add(id(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(one.value if isinstance(one, ast.Constant) else "..." for one in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
            yield node.value
