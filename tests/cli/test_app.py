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
        (["train", "digits", "--set", "loss=hing"], "Expected --set loss to be one of"),
        (["train", "digits", "--out", "taken"], "which holds other files"),
        (["evaluate", "taken"], "which is no run of kgan"),
        (["evaluate", "taken", "--samples", "3"], "a whole number of at least 10"),
        (["compare", "taken", "taken"], "which is no run of kgan"),
        (["compare"], "Expected RUN RUN ... after kgan compare"),
        (["train", "digits", "--set", "features=digit"], "Did you mean 'digits'"),
        (["export", "nowhere"], "which does not exist"),
        (
            ["sample", "taken", "--out", "a.png"],
            "Expected an exported bundle (the export/ folder of a run)",
        ),
        (
            ["apply", "taken", "taken", "--out", "new"],
            "Expected an exported bundle (the export/ folder of a run)",
        ),
        (["apply", "taken", "a.png"], "Expected --out with a value"),
        (["apply", "taken", "a.png", "--out", "b.png", "--tile", "0"], "a whole number of at least 1"),
        (["train", "digits", "--epoch", "3"], "Expected an option of kgan train"),
        (["train", "digits", "--epochs", "0"], "a whole number of at least 1"),
        (["trian", "digits"], "Expected a command of kgan"),
        (["train"], "Expected DATA after kgan train"),
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


def test_a_hint_at_the_traceback_comes_with_what_kgan_did_not_write_itself(monkeypatch, tmp_path):
    monkeypatch.setattr("kgan.run.Run", _full_disk)
    (tmp_path / "config.json").write_text("{}")
    assert command("evaluate", tmp_path).err == "error: No space left\n(KGAN_TRACEBACK=1 shows where.)\n"
    assert "KGAN_TRACEBACK" not in command("train", "digit").err


def _full_disk(folder):
    raise OSError("No space left")


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_has_a_short_name(flag):
    assert command("sample", flag).out.startswith("Usage: kgan sample")


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
    assert re.search(r"Usage: kgan|kgan \d|Expected --epochs", shown), shown
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
