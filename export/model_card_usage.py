"""How to run a bundle in Python, JavaScript and C#: the part of `README.md` that depends on what the network takes."""

from collections.abc import Mapping
from typing import Any

__all__ = ["usage"]

_NODE = "```console\nnpm install onnxruntime-node\n```\n\n"
_FLOAT = ("float32", "Float32Array", "float")  # in JavaScript twice, and in C#
_KNOWN = ("normal", "uniform", "truncated_normal", "coded")  # latents that latents.js and Latents.cs draw
_SAVED_MODEL = """## Use

```python
import tensorflow as tf

serve = tf.saved_model.load("saved_model").signatures["serving_default"]
```"""


def usage(card: Mapping[str, Any]) -> str:
    """Markdown: a section for each language, with the code for what this card says.

    Args:
        card: The content of `card.json`.
    """
    if card["runner"] is None:  # there is no ONNX file to run
        return _SAVED_MODEL if "saved_model" in card["artefacts"] else ""
    parts = _OF_RUNNERS.get(card["runner"], _of_latents)(card)
    return "\n\n".join(f"## {language}\n\n{text}" for language, text in parts.items())


def _of_latents(card: Mapping[str, Any]) -> dict[str, str]:
    size, output = card["inputs"]["latents"]["shape"][-1], next(iter(card["outputs"]))
    classes, tags, pictures = card.get("num_classes"), card.get("num_tags"), len(card["outputs"][output]["shape"]) == 4
    name, draws = card["latent_distribution"], card["latent_arguments"]
    out = "grid.png" if pictures else "samples.npy"
    number = "byte" if card["artefacts"]["onnx"].get("pixels") == "uint8" else "float"
    asked = {"words": '--text "..." ', "vectors": "--vectors v.npy "}.get(str(card.get("texts")), "")
    python = [
        "```console\npip install numpy pillow onnxruntime\n"
        f"python sampler.py {asked}--count 64 --seed 0 --out {out}\n```",
        "```python\nfrom sampler import Sampler\n\n"
        f'samples = Sampler(".").sample(64, seed=0{", labels=0" if classes else ""})  # float32\n```',
    ]
    if name not in _KNOWN:  # of the user's own
        return {"Python": f"```console\npython sampler.py --latents z.npy --out {out}\n```"}
    script = [
        'const ort = require("onnxruntime-node");',
        'const { drawLatents } = require("./latents.js");',
        "(async () => {",
        '  const session = await ort.InferenceSession.create("generator.onnx");',
        f'  const z = drawLatents("{name}", 1, {size}, 0{_options(draws)}); // one sample of seed 0',
        f'  const feeds = {{ latents: new ort.Tensor("float32", z, [1, {size}]) }};',
    ]
    sharp = [
        "using System.Collections.Generic;",
        "using System.Linq;",
        "using Microsoft.ML.OnnxRuntime;",
        "using Microsoft.ML.OnnxRuntime.Tensors;",
        'using var session = new InferenceSession("generator.onnx");',
        f"var z = {_sharp_latents(name, draws, size)}; // one sample of seed 0",
        "var feeds = new List<NamedOnnxValue> {",
        f'  NamedOnnxValue.CreateFromTensor("latents", new DenseTensor<float>(z, new[] {{ 1, {size} }})),',
    ]
    if classes:
        script.append('  feeds.labels = new ort.Tensor("int64", BigInt64Array.of(0n), [1]); // a class')
        sharp.append(
            '  NamedOnnxValue.CreateFromTensor("labels", new DenseTensor<long>(new long[] { 0 }, new[] { 1 })),'
        )
    elif tags:
        script.append(f"  const tags = new Float32Array({tags}); // 0 or 1 for each")
        script.append(f'  feeds.labels = new ort.Tensor("float32", tags, [1, {tags}]);')
        sharp.append(
            f'  NamedOnnxValue.CreateFromTensor("labels", new DenseTensor<float>(new float[{tags}], '
            f"new[] {{ 1, {tags} }})),"
        )
    script += [f"  const {{ {output} }} = await session.run(feeds);", f"  console.log({output}.dims);", "})();"]
    sharp += [
        "};",
        "using var results = session.Run(feeds);",
        f"{number}[] values = results.First().AsTensor<{number}>().ToArray();",
    ]
    return {
        "Python": "\n\n".join(python),
        "JavaScript": f"{_NODE}{_code('javascript', script)}\n\nIn a page the same lines run with onnxruntime-web.",
        "C\\#": f"With the package Microsoft.ML.OnnxRuntime and `Latents.cs`:\n\n{_code('csharp', sharp)}",
    }


def _of_pictures(card: Mapping[str, Any]) -> dict[str, str]:
    channels = card["inputs"]["image"]["shape"][-1]
    low, high = card["value_range"]
    height, width = (one if isinstance(one, int) else 256 for one in card["inputs"]["image"]["shape"][1:3])
    form = card["artefacts"]["onnx"]
    sizes = (channels, height, width) if form.get("layout") == "nchw" else (height, width, channels)
    shape, rows = ", ".join(map(str, sizes)), "planes" if form.get("layout") == "nchw" else "rows of pixels"
    number, array, sharp_number = ("uint8", "Uint8Array", "byte") if form.get("pixels") == "uint8" else _FLOAT
    span = "0 to 255" if form.get("pixels") == "uint8" else f"{low:g} to {high:g}"
    script = [
        'const ort = require("onnxruntime-node");',
        "(async () => {",
        '  const session = await ort.InferenceSession.create("generator.onnx");',
        f"  const pixels = new {array}({' * '.join(map(str, sizes))}); // {rows}, {span}",
        f'  const image = new ort.Tensor("{number}", pixels, [1, {shape}]);',
        "  const { generated } = await session.run({ image });",
        "  console.log(generated.dims);",
        "})();",
    ]
    sharp = [
        "using System.Linq;",
        "using Microsoft.ML.OnnxRuntime;",
        "using Microsoft.ML.OnnxRuntime.Tensors;",
        'using var session = new InferenceSession("generator.onnx");',
        f"var image = new DenseTensor<{sharp_number}>(new[] {{ 1, {shape} }}); // {span}",
        'using var results = session.Run(new[] { NamedOnnxValue.CreateFromTensor("image", image) });',
        f"{sharp_number}[] values = results.First().AsTensor<{sharp_number}>().ToArray();",
    ]
    return {
        "Python": "```console\npip install numpy pillow onnxruntime\npython apply.py in.png --out out.png\n```\n\n"
        '```python\nfrom apply import Applier\n\nimage = Applier(".").apply(image)  # (height, width, channels)\n```',
        "JavaScript": f"{_NODE}{_code('javascript', script)}\n\nIn a page the same lines run with onnxruntime-web.",
        "C\\#": f"With the package Microsoft.ML.OnnxRuntime:\n\n{_code('csharp', sharp)}",
    }


def _of_rows(card: Mapping[str, Any]) -> dict[str, str]:
    names = list(card["columns"])
    asked = next((name for name in names if isinstance(card["columns"][name]["values"], list)), None)
    where = "" if asked is None else f", where={{{asked!r}: {card['columns'][asked]['values'][0]!r}}}"
    return {
        "Python": "```console\npip install numpy onnxruntime\npython rows.py --count 1000 --out rows.csv\n```\n\n"
        "```python\nfrom rows import RowSampler\n\n"
        f'columns = RowSampler(".").sample(1000, seed=0{where})  # arrays by name\n```\n\n'
        "Every row holds what `where` asks: values, lists of values, and ranges `(low, high)` of numbers and dates."
    }


def _of_molecules(card: Mapping[str, Any]) -> dict[str, str]:
    return {
        "Python": "```console\npip install numpy onnxruntime\npython molecules.py --count 100 --out out.smi\n```\n\n"
        "```python\nfrom molecules import MoleculeSampler\n\n"
        'smiles = MoleculeSampler(".").sample(100, seed=0)  # a list of SMILES\n```\n\n'
        "Not every line is a molecule. `pip install rdkit`, and `--valid` keeps those alone that rdkit parses. "
        "Whether one can be made, and what it does, nothing here says."
    }


def _of_faces(card: Mapping[str, Any]) -> dict[str, str]:
    height, width = card["inputs"]["image"]["shape"][1:3]
    return {
        "Python": "```console\npip install numpy pillow onnxruntime\n"
        "python swap.py face.png --out swapped.png\n"
        "python swap.py photo.png --out swapped.png --box 120,40,96,96   # left, top, width, height of the face\n```"
        '\n\n```python\nfrom swap import Swapper\n\npicture = Swapper(".").swap(picture)  '
        "# (height, width, channels), uint8\n```\n\n"
        f"Faces are upright and in the middle, as those of {width} x {height} pixels that it was trained on; others "
        "are scaled. Every picture is marked, by a word that is seen and by words in its file."
    }


def _of_films(card: Mapping[str, Any]) -> dict[str, str]:
    sizes = card["inputs"]["frames"]["shape"][1:]
    low, high = card["value_range"]
    script = [
        'const ort = require("onnxruntime-node");',
        "(async () => {",
        '  const session = await ort.InferenceSession.create("generator.onnx");',
        f"  const pixels = new Float32Array({' * '.join(map(str, sizes))}); // frame by frame, {low:g} to {high:g}",
        f'  const frames = new ort.Tensor("float32", pixels, {[1, *sizes]});',
        "  const { generated } = await session.run({ frames });",
        "  console.log(generated.dims);",
        "})();",
    ]
    return {
        "Python": "```console\npip install numpy pillow onnxruntime\n"
        "python film.py in.gif --frames 10 --out longer.gif\n```\n\n"
        '```python\nfrom film import Predictor\n\nfollowing = Predictor(".").predict(film, frames=10)  '
        "# (frames, height, width, channels)\n```",
        "JavaScript": f"{_NODE}{_code('javascript', script)}",
    }


def _of_classes(card: Mapping[str, Any]) -> dict[str, str]:
    sizes, (low, high) = card["input_shape"], card["input_range"]
    script = [
        'const ort = require("onnxruntime-node");',
        "(async () => {",
        '  const session = await ort.InferenceSession.create("generator.onnx");',
        f"  const pixels = new Float32Array({' * '.join(map(str, sizes))}); // rows of pixels, {low:g} to {high:g}",
        f'  const image = new ort.Tensor("float32", pixels, [1, {", ".join(map(str, sizes))}]);',
        "  const { probabilities } = await session.run({ image });",
        "  console.log(probabilities.data); // one for each class",
        "})();",
    ]
    return {
        "Python": "```console\npip install numpy pillow onnxruntime\npython classify.py in.png\n"
        "python classify.py photos/ --out classes.csv\n```\n\n"
        '```python\nfrom classify import Classifier\n\nclassifier = Classifier(".")\n'
        "probabilities = classifier.classify(images)  # (n, height, width, channels) -> (n, classes)\n```",
        "JavaScript": f"{_NODE}{_code('javascript', script)}",
    }


def _of_waves(card: Mapping[str, Any]) -> dict[str, str]:
    mels, rate = card["inputs"]["mel"]["shape"][-1], card["spectrogram"]["sample_rate"]
    script = [
        'const ort = require("onnxruntime-node");',
        "(async () => {",
        '  const session = await ort.InferenceSession.create("generator.onnx");',
        f"  const frames = 100, values = new Float32Array(frames * {mels}); // log-mel magnitudes, frame by frame",
        f'  const mel = new ort.Tensor("float32", values, [1, frames, {mels}]);',
        "  const { generated } = await session.run({ mel });",
        f"  console.log(generated.dims); // samples, {rate} in a second",
        "})();",
    ]
    return {
        "Python": "```console\npip install numpy onnxruntime\npython vocode.py mel.npy --out speech.wav\n"
        "python vocode.py speech.wav --out again.wav\n```\n\n"
        '```python\nfrom vocode import Vocoder\n\nvocoder = Vocoder(".")\n'
        f"wave = vocoder.wave(mel)  # (frames, {mels}) -> samples, {rate} in a second\n"
        "mel = vocoder.mel(wave)  # as the network was trained on it\n```",
        "JavaScript": f"{_NODE}{_code('javascript', script)}",
    }


_OF_RUNNERS = {
    "apply.py": _of_pictures,
    "classify.py": _of_classes,
    "film.py": _of_films,
    "molecules.py": _of_molecules,
    "rows.py": _of_rows,
    "vocode.py": _of_waves,
    "swap.py": _of_faces,
}


def _code(language: str, lines: list[str]) -> str:
    return "\n".join([f"```{language}", *lines, "```"])


def _options(arguments: Mapping[str, Any]) -> str:
    """The last argument of `drawLatents`, for distributions that take some."""
    if not arguments:
        return ""
    return ", { " + ", ".join(f"{name}: {value}" for name, value in arguments.items()) + " }"


def _sharp_latents(name: str, arguments: Mapping[str, Any], size: int) -> str:
    if name == "coded":
        sizes = ", ".join(map(str, arguments["categorical"]))
        return f"Kgan.Latents.DrawCoded(1, 0, {arguments['noise']}, new int[] {{ {sizes} }}, {arguments['continuous']})"
    threshold = f", {arguments['threshold']}" if "threshold" in arguments else ""
    return f'Kgan.Latents.Draw("{name}", 1, {size}, 0{threshold})'
