"""What the tests of HTML pages share."""

import base64
import io
import re
from html.parser import HTMLParser

from PIL import Image

TAGS = {"html", "head", "meta", "title", "style", "body", "header", "section", "h1", "h2", "p", "b", "i", "div", "span"}
TAGS |= {"small", "br", "figure", "figcaption", "img"}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}


class Page(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.images, self.headings, self.rows = set(), [], [], [], []
        self.words, self._open = [], []
        self.feed(text)
        assert self._open == []  # all that was opened was closed

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes += attributes
        if tag not in ("meta", "img", "br"):
            self._open.append(tag)
        if tag == "img":
            self.images.append(dict(attributes))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th") and self.rows:
            self.rows[-1].append([])

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if "style" in self._open:
            return
        self.words.append(data)
        if "h2" in self._open:
            self.headings.append(data)
        if {"td", "th"} & set(self._open):
            self.rows[-1][-1].append(data)

    @property
    def text(self):
        return " ".join(self.words)


def check_self_contained(text):
    """No request can leave: nothing is fetched, and a policy says that nothing may be."""
    page = Page(text)
    assert page.tags <= TAGS
    for name, value in page.attributes:
        assert name not in ("href", "srcset", "data", "action", "poster", "background"), name
        assert not name.startswith("on"), name
        if name == "src":
            assert value.startswith("data:image/"), value[:40]
    without_pictures = re.sub(r"base64,[A-Za-z0-9+/=]+", "", text)
    assert not re.search(r"url\(|@import|https?:", without_pictures)
    assert "default-src 'none'" in text
    for image in page.images:
        content = base64.b64decode(image["src"].partition("base64,")[2])
        with Image.open(io.BytesIO(content)) as opened:
            assert opened.size == (int(image["width"]), int(image["height"]))
            opened.load()
        assert image["alt"]
    return page
