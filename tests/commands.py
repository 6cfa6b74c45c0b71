"""The command line as the shell would run it, in this process."""

import contextlib
import io
from typing import NamedTuple

import pytest

import kgan_cli

SMALL = ["--set", "generator_width=4", "--set", "discriminator_width=4", "--set", "latent_dim=4"]
SMALL += ["--set", "features=pixels"]


class Done(NamedTuple):
    """What a command left in the terminal."""

    code: int
    out: str
    err: str


def kgan(*arguments) -> Done:
    """Runs `kgan ARGUMENTS`."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        patch.setattr("sys.argv", ["kgan", *map(str, arguments)])
        try:
            kgan_cli.main()
        except SystemExit as stop:
            code = stop.code or 0
    return Done(code, out.getvalue(), err.getvalue())
