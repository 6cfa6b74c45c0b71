"""Latents in JavaScript and C#, bit for bit those of NumPy."""

import json
import shutil
import subprocess

import pytest

from kgan.export import languages
from kgan.export.portable.latent_draws import draw_latents

DRAWS = [
    ("normal", 7, {}),
    ("uniform", 7, {}),
    ("truncated_normal", 7, {"threshold": 0.5}),
    ("coded", 7, {"noise": 1, "categorical": [3, 2], "continuous": 1}),
]
SEEDS = (0, 1, 12345, 2**32 - 1)
COUNT = 3001  # odd, as is the size of a row: a normal number is left over

NODE = """
const draws = JSON.parse(process.argv[1]);
const { drawLatents } = kganLatents;
process.stdout.write(Buffer.concat(draws.map(([name, dim, options, seed, count]) =>
  Buffer.from(drawLatents(name, count, dim, seed, options).buffer))));
"""
CSHARP = """
using System;
using Kgan;
static class Program
{
    static void Write(float[] latents)
    {
        var bytes = new byte[4 * latents.Length];
        Buffer.BlockCopy(latents, 0, bytes, 0, bytes.Length);
        Console.OpenStandardOutput().Write(bytes, 0, bytes.Length);
    }
    static void Main()
    {
        foreach (uint seed in new uint[] { 0, 1, 12345, 4294967295 }) {
            Write(Latents.Draw("normal", 3001, 7, seed));
            Write(Latents.Draw("uniform", 3001, 7, seed));
            Write(Latents.Draw("truncated_normal", 3001, 7, seed, 0.5));
            Write(Latents.DrawCoded(3001, seed, 1, new[] { 3, 2 }, 1));
        }
    }
}
"""


def expected():
    return b"".join(
        draw_latents(name, COUNT, dim, seed, options).tobytes() for seed in SEEDS for name, dim, options in DRAWS
    )


def node(*arguments):
    if shutil.which("node") is None:
        pytest.skip("node, which runs JavaScript, is not installed")
    done = subprocess.run(["node", *map(str, arguments)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@pytest.mark.parametrize("way", ["require", "import", "script"])
def test_javascript_draws_the_bits_of_numpy_required_imported_and_as_a_script(tmp_path, way):
    path = languages.PATHS["latents.js"]
    module = tmp_path / "used.mjs"
    if way == "import":  # as a page does, `<script type="module">`: the file sets a global
        (tmp_path / "package.json").write_text('{"type": "module"}')
        shutil.copy(path, tmp_path / "latents.js")
        module.write_text('import "./latents.js";\nprocess.argv.splice(1, 1);\n' + NODE)
    elif way == "require":
        module = tmp_path / "used.cjs"
        module.write_text(f"const kganLatents = require({json.dumps(str(path))});\nprocess.argv.splice(1, 1);\n{NODE}")
    else:
        module = tmp_path / "used.cjs"
        run = f'require("vm").runInThisContext(require("fs").readFileSync({json.dumps(str(path))}, "utf8"));'
        module.write_text(f"{run}\nprocess.argv.splice(1, 1);\n{NODE}")
    draws = [(name, dim, options, seed, COUNT) for seed in SEEDS for name, dim, options in DRAWS]
    assert node(module, json.dumps(draws)) == expected()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ('drawLatents("normal", 1, 1, -1)', "Expected a whole seed between 0 and 4294967295. Received: seed=-1."),
        ('drawLatents("normal", 1, 1, 4294967296)', "Received: seed=4294967296."),
        ('drawLatents("normal", 1, 1, 0.5)', "Received: seed=0.5."),
        ('drawLatents("toString", 1, 1, 0)', "one of: normal, uniform, truncated_normal, coded. Received: toString."),
    ],
)
def test_javascript_refuses_what_python_refuses(call, message):
    path = json.dumps(str(languages.PATHS["latents.js"]))
    said = node("-e", f"try {{ require({path}).{call} }} catch (error) {{ console.log(error.message) }}")
    assert message in said.decode()


def test_csharp_draws_the_bits_of_numpy(tmp_path):
    if shutil.which("mcs") is None or shutil.which("mono") is None:
        pytest.skip("mono-mcs and mono-runtime, which compile and run C#, are not installed")
    (tmp_path / "Program.cs").write_text(CSHARP)
    files = [str(tmp_path / "Program.cs"), str(languages.PATHS["Latents.cs"])]
    subprocess.run(["mcs", "-warnaserror", f"-out:{tmp_path / 'draws.exe'}", *files], check=True)
    done = subprocess.run(["mono", str(tmp_path / "draws.exe")], capture_output=True, check=True)
    assert done.stdout == expected()
