"""`README.md`: what a bundle is, for whoever is sent it; a model card in the format of the Hugging Face Hub."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kgan.export import offers
from kgan.export.model_card_usage import usage
from kgan.export.portable.card_file import UNKNOWN_LICENCE

__all__ = ["model_card"]

_MOST_NAMES = 200  # of classes, that the text lists; card.json has all
_TAGS = "gan kgan keras"
_OF_ROWS, _OF_CLASSES, _OF_SMILES = "rows.py", "classify.py", "molecules.py"
_KINDS = {
    "apply.py": "A network from pictures to pictures",
    "film.py": "A network that continues films",
    "swap.py": "A network that swaps faces",
    "classify.py": "A classifier of pictures, adapted to another domain",
    "vocode.py": "A vocoder, from mel spectrograms to waves",
    _OF_SMILES: "A generator of molecules",
}
_SEEN = {_OF_ROWS: "rows", _OF_SMILES: "SMILES"}
_TASKS = {
    "sampler.py": "unconditional-image-generation",
    "apply.py": "image-to-image",
    "swap.py": "image-to-image",
    "classify.py": "image-classification",
}
_OF_FACES = (
    " It is for faces that were drawn, and for people who agreed to it. It must not put anybody into a picture who did "
    "not, nor pass what it makes for a record of what happened. Each picture carries a word that says that it was "
    "generated, and `swap.py` writes the same into the file: leave both where they are."
)


def model_card(card: Mapping[str, Any]) -> str:
    """The text: YAML that the Hub reads, then Markdown.

    Args:
        card: The content of `card.json`.
    """
    parts = [
        _header(card),
        *_about(card),
        usage(card),
        *_training(card),
        *_figures(card),
        *_artefacts(card),
        _limits(card),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _header(card: Mapping[str, Any]) -> str:
    """The front matter: of plain words alone, so that no name of a class or a folder can break it."""
    artefacts = card["artefacts"]
    tags = [*_TAGS.split(), *(["onnx"] if any("onnx" in name for name in artefacts) else [])]
    lines = ["---", "library_name: kgan", f"license: {_licence(card)}"]
    if (len(_shape(card)) == 4 or card["runner"] == _OF_CLASSES) and card["runner"] in _TASKS:
        lines.append(f"pipeline_tag: {_TASKS[card['runner']]}")
    return "\n".join([*lines, "tags:", *(f"- {tag}" for tag in tags), "---"])


def _licence(card: Mapping[str, Any]) -> str:
    return card.get("licence", UNKNOWN_LICENCE)


def _shape(card: Mapping[str, Any]) -> Sequence[Any]:
    return next(iter(card["outputs"].values()))["shape"]


def _about(card: Mapping[str, Any]) -> list[str]:
    origin = card.get("origin", {})
    data = f" of {plain(origin['data'])}" if origin.get("data") else ""
    what = _KINDS.get(card["runner"], f"A generator{data}")
    sizes = " x ".join(map(str, _shape(card)[1:]))
    bounds = f" in [{card['value_range'][0]:g}, {card['value_range'][1]:g}]" if card["value_range"] else ""
    takes = "; ".join(
        f"`{name}` {one['dtype']} ({', '.join(map(str, one['shape']))})" for name, one in card["inputs"].items()
    )
    parts = [
        f"# {what}",
        f"Trained as a GAN with kgan {card['kgan_version']}, a library for Keras, and held against Keras when it was "
        f"exported. It gives {_made(card)} of {sizes}, float32{bounds}, and "
        f"takes {takes}.{_form(card['artefacts'].get('onnx', {}))}",
    ]
    if "columns" in card:
        listed = "; ".join(
            f"{plain(name)} ({one['kind']})" for name, one in list(card["columns"].items())[:_MOST_NAMES]
        )
        parts.append(f"## Columns\n\n{len(card['columns']):,}: {listed}.")
    names, tags = card.get("class_names"), card.get("num_tags")
    number = card.get("num_classes") or tags
    if number:
        called = "Words" if card.get("texts") == "words" else "Tags" if tags else "Classes"
        listed = "numbers, from 0" if names is None else "; ".join(_called(i, plain(one)) for i, one in _first(names))
        more = "" if names is None or len(names) <= _MOST_NAMES else "; ... (all are in `card.json`)"
        parts.append(f"## {called}\n\n{number:,}: {listed}{more}.")
    return parts


def _made(card: Mapping[str, Any]) -> str:
    """What the network gives, in a word for a reader."""
    if card["runner"] == _OF_ROWS:
        return "rows, written as numbers and scores,"
    if card["runner"] == _OF_CLASSES:
        return "probabilities"
    if card["runner"] == _OF_SMILES:
        return "scores of the next token of a molecule, and what it remembers of those before,"
    return "pictures" if len(_shape(card)) == 4 else "samples"


def _form(artefact: Mapping[str, Any]) -> str:
    """In which form the ONNX file gives pictures, where that is another than Keras's."""
    said = ["channels first"] if artefact.get("layout") == "nchw" else []
    said += ["8 bits, 0 to 255"] if artefact.get("pixels") == "uint8" else []
    return f" `generator.onnx` itself gives them with {' and '.join(said)}." if said else ""


def _called(number: int, name: str) -> str:
    """A class for a reader: `3 Flags`, or its number alone where that is its name."""
    return name if name == str(number) else f"{number} {name}"


def _first(names: Sequence[str]) -> Iterable[tuple[int, str]]:
    return enumerate(names[:_MOST_NAMES])


def _training(card: Mapping[str, Any]) -> list[str]:
    origin, trained = card.get("origin", {}), card["trained"]
    seen = _SEEN.get(card["runner"], "images")
    lines = [
        f"- Data: {plain(origin['data']) if origin.get('data') else 'not noted. Say here what it is, and whose.'}",
        f"- {trained['images']:,} {seen} in {trained['steps']:,} steps; {card['parameters']:,} parameters"
        f"{', averaged over the training' if card['averaged_weights'] else ''}.",
    ]
    if origin.get("recipe"):
        source = f", after {plain(origin['recipe_source'])}" if origin.get("recipe_source") else ""
        lines.append(f"- Recipe: `{plain(origin['recipe'])}`{source}")
    lines += [f"- {plain(what)}: {plain(said)}." for what, said in origin.get("told", {}).items()]
    private = card.get("differential_privacy")
    if private:
        lines.append(
            f"- Differential privacy of {plain(private['of'])}: epsilon {private['epsilon']:.4g}, delta "
            f"{private['delta']:.2g}, by {plain(private['mechanism'])}. Of figures that were measured on the table it "
            f"says nothing."
        )
    if origin.get("because"):
        lines.append(f"- Weights of epoch {origin['epoch']} (step {origin['step']:,}), {plain(origin['because'])}.")
    return ["## Training", "\n".join(lines)]


def _figures(card: Mapping[str, Any]) -> list[str]:
    """What an evaluation of these weights found, if there was one."""
    evaluation = card.get("evaluation")
    if not evaluation:
        return [
            "## Figures",
            "These weights were not evaluated. `kgan evaluate RUN` does it, and writes the figures here.",
        ]
    rows = [
        f"| {plain(one['label'])} | {plain(one['against'])} | {_spelled(one['value'])} | {_spelled(one['floor'])} |"
        for one in evaluation["figures"]
    ]
    head = "| | against | these weights | reals in their place |\n| --- | --- | --- | --- |"
    return ["## Figures", f"Measured on {plain(evaluation['date'])}.", "\n".join([head, *rows])]


def _spelled(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"


def _artefacts(card: Mapping[str, Any]) -> list[str]:
    rows = [
        f"| `{one['file']}` | {one['bytes']:,} | {one['largest_difference']:.1e} |"
        for one in card["artefacts"].values()
    ]
    head = "| file | bytes | largest difference from Keras |\n| --- | --- | --- |"
    measured = "\n".join(f"- {plain(line)}" for line in offers.lines(card["artefacts"]))
    return [
        "## Files",
        "\n".join([head, *rows]),
        *([said] if (said := f"{_seeds(card)}{_nodes(card['artefacts'])}".strip()) else []),
        *([f"On the machine that exported them:\n\n{measured}"] if measured else []),
        "`card.json` has all that is known, with the SHA-256 of each file. `python verify.py` checks them, and holds "
        "the ONNX files against what Keras gave, on `probes.npz`.",
    ]


def _limits(card: Mapping[str, Any]) -> str:
    single = _SEEN.get(card["runner"], "pictures")
    licence = _licence(card)
    stated = "above is `unknown` until its owner states one" if licence == UNKNOWN_LICENCE else f"is `{licence}`"
    return (
        "## Limits\n\nIt makes what its training data had, with their gaps and their bias, and may repeat single "
        f"{single} of them. What it makes is made up: it shows nothing that happened and nobody who lives. The licence "
        f"{stated}; the rights in the training data count, too.{_OF_FACES if card['runner'] == 'swap.py' else ''}"
    )


def _seeds(card: Mapping[str, Any]) -> str:
    """What the differences mean to whoever draws samples of a seed."""
    if card["runner"] != "sampler.py":
        return ""
    if "drawn_noise" in card:
        return "A seed gives the same samples wherever these files draw them; Keras draws other noise in its layers."
    return "A seed gives the samples that it gives in Keras; those that were compared differed by so much at most."


def _nodes(artefacts: Mapping[str, Any]) -> str:
    """How many nodes the graph of ONNX has, and how many the converter wrote."""
    nodes = artefacts.get("onnx", {}).get("nodes")
    if nodes is None:
        return ""
    written, converted = (sum(nodes[name].values()) for name in ("written", "converted"))
    return (
        f" The graph of `{artefacts['onnx']['file']}` has {written:,} nodes, where the converter wrote {converted:,}."
    )


def plain(text: Any) -> str:
    """Text of others, which a folder's name may be, as Markdown shows it letter by letter."""
    line = " ".join(str(text).split()).replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"([\\`*_\[\]|#~$])", r"\\\1", line)
