"""What the tests of the page share: one browser, small generators, and a server for each."""

import contextlib
import threading

import pytest

import chromium
import noise_networks
from kgan.export.explorer import runtime
from kgan.export.explorer.folder import contents
from kgan.export.explorer.server import serving


@pytest.fixture(scope="session")
def needs_runtime():
    if runtime.damaged():
        pytest.skip(f"no {runtime.PACKAGE}: python export/explorer/runtime.py fetches it with npm")


@pytest.fixture(scope="package")
def browser(needs_runtime):
    if chromium.browser() is None:
        pytest.skip("no Chromium: apt-get install chromium")
    with chromium.chromium() as page:
        yield page


@pytest.fixture(scope="package")
def classes(tmp_path_factory):
    """A bundle of three classes, one of which has a name that the command line quotes."""
    bundle = tmp_path_factory.mktemp("classes") / "run" / "export"
    bundle.mkdir(parents=True)
    names = ["Flags", 'Food, "hot"', "7"]
    directions = {"direction_1": [0.6, -0.8, 0.0, 0.0], "direction_2": [0.0, 0.0, 0.28, 0.96]}
    noise_networks.write(bundle / "generator.onnx", num_classes=3, class_names=names, directions=directions)
    return bundle


@contextlib.contextmanager
def served(bundle, **options):
    """The address of a page."""
    with serving(contents(bundle, **options)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def visit(browser):
    """Opens a page of a bundle, with a state in the address: `page = visit(bundle, "seed=7")`.

    In the end every request has gone to the page's own server, or to a picture that the browser itself holds, and the
    console is empty.
    """
    addresses = []
    browser.requests.clear()
    browser.complaints.clear()
    with contextlib.ExitStack() as stack:

        def opened(bundle, state="", width=1000, **options):
            browser.window(width)
            address = stack.enter_context(served(bundle, **options))
            browser.open(f"{address}#{state}")
            browser.wait(
                "document.documentElement.dataset.state === 'ready' || !document.getElementById('error').hidden"
            )
            assert browser.run("document.getElementById('error').textContent") == ""
            addresses.extend((address, f"blob:{address}"))
            return browser

        yield opened
        browser.run("0")  # reads what was still said
        assert [one for one in browser.requests if not one.startswith((*addresses, "about:", "data:"))] == []
        # The tests themselves read canvases back.
        assert [one for one in browser.complaints if not one.startswith("Canvas2D: Multiple readback")] == []
        browser.call("Page.navigate", url="about:blank")
