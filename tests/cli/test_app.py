import importlib.util
import re
import subprocess
import sys

import pytest

import kgan
import kgan_cli
from commands import kgan as command


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "digit"], "Did you mean 'digits'"),
        (["train", "digits", "--recipe", "dcgn"], "Did you mean 'dcgan'"),
        (["train", "digits", "--set", "latent_dims=3"], "Did you mean 'latent_dim'"),
        (["train", "digits", "--set", "latent_dim"], "Expected --set KEY=VALUE. Received: --set latent_dim."),
        (["train", "digits", "--set", "loss=hing"], "Expected loss to be one of"),
        (["train", "digits", "--out", "taken"], "which holds other files"),
        (["evaluate", "taken"], "which has no config.json"),
        (["evaluate", "taken", "--samples", "3"], "greater than or equal to 10"),
        (["compare", "taken", "taken"], "which has no config.json"),
        (["compare"], "Missing argument 'RUN RUN ...'"),
        (["train", "digits", "--set", "features=digit"], "Did you mean 'digits'"),
        (["export", "nowhere"], "which does not exist"),
        (["sample", "taken", "--out", "a.png"], "Expected an exported bundle, its .onnx file, or a run folder"),
        (["apply", "taken", "taken", "--out", "new"], "Expected an exported bundle, its .onnx file, or a run folder"),
        (["apply", "taken", "a.png"], "Missing option '--out'"),
        (["apply", "taken", "a.png", "--out", "b.png", "--tile", "0"], "greater than or equal to 1"),
        (["train", "digits", "--epoch", "3"], "No such option"),
        (["train", "digits", "--epochs", "0"], "greater than or equal to 1"),
        (["trian", "digits"], "No such command"),
        (["train"], "Missing argument 'DATA'"),
    ],
)
def test_wrong_things_typed_are_told_without_a_traceback(monkeypatch, tmp_path, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "mine").touch()
    done = command(*arguments)
    assert done.code == 2
    assert message in done.err
    assert "Traceback" not in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_the_traceback_can_be_had(monkeypatch):
    monkeypatch.setenv("KGAN_TRACEBACK", "1")
    with pytest.raises(ValueError, match="Did you mean 'digits'"):
        command("train", "digit")


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["train", "--help"], ["train", "--epochs", "0"]])
def test_help_and_version_do_without_tensorflow(arguments):
    script = "import atexit, sys; import kgan_cli\n"
    script += "atexit.register(lambda: print('imported', *{'kgan', 'keras', 'tensorflow'} & set(sys.modules)))\n"
    script += "sys.argv = ['kgan', *sys.argv[1:]]; kgan_cli.main()"
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False)
    shown = done.stdout + done.stderr
    assert re.search(r"Usage: kgan|kgan \d", shown), shown
    assert done.stdout.endswith("imported\n"), shown


def test_help_lists_the_commands_in_the_order_of_their_use():
    shown = command("--help").out
    listed = re.findall(r"^  ([a-z-]+) +[A-Z]", shown.partition("Commands:")[2], re.MULTILINE)
    in_order = [name for name in listed if name in ("train", "resume", "evaluate", "compare", "export", "sample")]
    assert in_order == ["train", "resume", "evaluate", "compare", "export", "sample"]


def test_version():
    assert command("--version") == (0, f"kgan {kgan.__version__}\n", "")


@pytest.mark.parametrize("name", ["train", "resume", "evaluate", "compare", "export", "sample", "apply"])
def test_help_has_an_example(name):
    done = command(name, "--help")
    assert done.code == 0
    assert re.search(rf"Examples?: +kgan {name} ", done.out)


def test_the_console_script_is_installed():
    from importlib.metadata import entry_points

    (script,) = entry_points(group="console_scripts", name="kgan")
    assert script.load() is kgan_cli.main
    assert importlib.util.find_spec("kgan.export") is not None
