"""HTML that needs nothing but itself: no scripts, no fonts and no pictures from elsewhere."""

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from PIL import Image

from kgan import pictures

__all__ = ["page", "paragraph", "picture", "rows", "section", "side_by_side", "table"]

_STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1c2126; --faint: #68717b; --line: #dde1e5; --wash: #f5f6f8; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #15181b; --ink: #e4e7ea; --faint: #98a1ab; --line: #33393f; --wash: #1d2125; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1.25rem 4rem; max-width: 68rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; font-weight: 650; }
h2 { font-size: 1.15rem; margin: 3rem 0 .5rem; padding-top: .75rem; border-top: 1px solid var(--line);
  font-weight: 650; }
p { margin: .5rem 0; max-width: 46rem; }
.faint { color: var(--faint); }
.verdict { margin: 1.25rem 0; padding: .8rem 1.1rem; background: var(--wash); border-left: .4rem solid var(--mark); }
.verdict p { margin: .15rem 0; }
.verdict b { font-size: 1.1rem; }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); gap: 1.5rem; }
.natural, .scrolled { display: flex; gap: 1.5rem; align-items: flex-start; }
.natural { flex-wrap: wrap; }
.scrolled { overflow-x: auto; padding-bottom: .75rem; }
.scrolled figure { flex: none; }
.scrolled img { max-width: none; }
figure { margin: .75rem 0 0; min-width: 0; }
figcaption { color: var(--faint); font-size: .875rem; margin-top: .35rem; max-width: 46rem; }
img { display: block; max-width: 100%; height: auto; }
img.pixels { image-rendering: pixelated; }
.table { overflow-x: auto; margin: .75rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92rem; }
th, td { padding: .35rem 1.1rem .35rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line);
  overflow-wrap: normal; }
th { font-weight: 600; }
thead th { vertical-align: bottom; }
td.number, th.number { text-align: right; white-space: nowrap; padding-left: .6rem; }
td.long { min-width: 16rem; }
small { color: var(--faint); font-size: .82rem; font-weight: 400; }
.rows { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .5rem 1rem; align-items: center; }
.rows > span { max-width: 8rem; font-size: .92rem; }
.rows small { display: block; }
.strip { display: flex; flex-wrap: wrap; gap: 2px; margin: .75rem 0 .35rem; }
.strip i { width: 1.1rem; height: 1.1rem; border-radius: 2px; background: var(--mark); }
.key { display: flex; flex-wrap: wrap; gap: .2rem 1rem; font-size: .875rem; color: var(--faint); }
.key span::before, td .dot { content: ""; display: inline-block; width: .75rem; height: .75rem; border-radius: 2px;
  margin-right: .4rem; background: var(--mark); }
@media (max-width: 34rem) { body { padding: 1rem .9rem 3rem; } table { font-size: .84rem; }
  th, td { padding-right: .5rem; } td.number, th.number { padding-left: .3rem; } small { font-size: .74rem; }
  td.number small { display: block; white-space: normal; }
  .rows > span { max-width: 5rem; } }
"""


def page(title: str, parts: Iterable[str]) -> str:
    """A whole page; the title is escaped, the parts are HTML."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        # Should anything ever slip in that points elsewhere, the browser still fetches nothing.
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:; '
        "style-src 'unsafe-inline'\">\n"
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(part for part in parts if part)
        + "\n</body>\n</html>\n"
    )


def section(title: str, *parts: str) -> str:
    """A heading and what belongs to it; nothing where there is nothing."""
    content = "\n".join(part for part in parts if part)
    return f"<section>\n<h2>{escape(title)}</h2>\n{content}\n</section>" if content else ""


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of plain text."""
    return f"<p{_class(kind)}>{escape(text)}</p>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: Iterable[int] = (), long: int = -1) -> str:
    """A table of HTML cells that scrolls by itself where the screen is narrow.

    Args:
        head: Of the columns; the first column heads the rows.
        rows: Cells.
        numbers: Columns to align on the right.
        long: A column of sentences, which is not to be squeezed.
    """
    numbers = set(numbers)

    def kind(column: int) -> str:
        return _class("number" if column in numbers else "long" if column == long else "")

    top = "".join(f'<th scope="col"{kind(column)}>{cell}</th>' for column, cell in enumerate(head))
    body = "\n".join(
        "<tr>"
        + f'<th scope="row">{first}</th>'
        + "".join(f"<td{kind(column)}>{cell}</td>" for column, cell in enumerate(rest, 1))
        + "</tr>"
        for first, *rest in rows
    )
    head_row = f"<thead><tr>{top}</tr></thead>\n" if any(head) else ""
    return f'<div class="table"><table>\n{head_row}<tbody>\n{body}\n</tbody></table></div>'


def picture(
    content: "Image.Image | bytes",
    alt: str,
    caption: str = "",
    kind: str = "",
    mime: str = "png",
    texts: "Mapping[str, str] | None" = None,
) -> str:
    """A picture within the page: a Pillow image, or a file's bytes.

    Args:
        content: The picture.
        alt: What it shows, for who cannot see it.
        caption: A line below it.
        kind: `"pixels"` for one whose pixels are to stay sharp.
        mime: `"png"` or `"gif"`, of bytes.
        texts: What a Pillow image says of itself, by PNG's keywords.
    """
    if isinstance(content, Image.Image):
        width, height = content.size
        content = _png(content, texts)
    else:
        with Image.open(io.BytesIO(content)) as opened:
            width, height = opened.size
    source = f"data:image/{mime};base64,{base64.b64encode(content).decode()}"
    img = f'<img src="{source}" alt="{escape(alt)}" width="{width}" height="{height}"{_class(kind)}>'
    return f"<figure>{img}{f'<figcaption>{escape(caption)}</figcaption>' if caption else ''}</figure>"


def side_by_side(*pictures: str, kind: str = "pictures") -> str:
    """Pictures beside each other.

    Args:
        *pictures: Figures; empty ones are left out.
        kind: `"pictures"` fills columns as wide as the page has room for; `"natural"` keeps their size, and goes on
            below where there is no room; `"scrolled"` keeps their size and their row, to be scrolled along.
    """
    shown = [one for one in pictures if one]
    return f'<div class="{kind}">{"".join(shown)}</div>' if shown else ""


def rows(pairs: Iterable[tuple[str, str]]) -> str:
    """Pictures, each with its name on the left; what follows a line break in the name is smaller."""
    content = "".join(f"<span>{_in_two_sizes(name)}</span>{shown}" for name, shown in pairs)
    return f'<div class="rows">{content}</div>' if content else ""


def _in_two_sizes(name: str) -> str:
    first, _, rest = name.partition("\n")
    return escape(first) + (f"<small>{escape(rest)}</small>" if rest else "")


def _png(image: Image.Image, texts: "Mapping[str, str] | None" = None) -> bytes:
    buffer = io.BytesIO()
    options = {} if texts is None else {"pnginfo": pictures.png_texts(texts)}
    image.save(buffer, "png", optimize=True, **options)
    return buffer.getvalue()


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
