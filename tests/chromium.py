"""A headless Chromium, driven over a pipe by the DevTools protocol: nothing to install but the browser.

https://chromedevtools.github.io/devtools-protocol/
"""

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

SECONDS = 60  # for what takes one: two busy cores start a browser slowly
_FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-default-apps",
    "--force-device-scale-factor=1",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
]


def browser():
    """The program; `None` where there is none."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Page:
    """One page, with what it asked for and what it complained of."""

    def __init__(self, to_browser, from_browser):
        self._to, self._from, self._held, self._number, self._session = to_browser, from_browser, b"", 0, None
        self.requests, self.complaints = [], []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        # Workers say what they ask for in sessions of their own.
        self.call("Target.setAutoAttach", autoAttach=True, waitForDebuggerOnStart=False, flatten=True)

    def call(self, method, session=None, **params):
        """Calls a method of the protocol, and returns its result."""
        self._number += 1
        number = self._number
        message = {"id": number, "method": method, "params": params}
        if session or self._session:
            message["sessionId"] = session or self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self._note(answer)

    def _read(self):
        end = time.monotonic() + SECONDS
        while b"\0" not in self._held:
            if not select.select([self._from], [], [], max(0, end - time.monotonic()))[0]:
                raise TimeoutError("no answer from the browser")
            read = os.read(self._from, 1 << 20)
            if not read:
                raise ConnectionError("the browser is gone")
            self._held += read
        message, _, self._held = self._held.partition(b"\0")
        return json.loads(message)

    def _note(self, event):
        method, params = event.get("method"), event.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Target.attachedToTarget" and params["targetInfo"]["type"] == "worker":
            self._number += 1  # its answer is passed over
            message = {"id": self._number, "method": "Network.enable", "sessionId": params["sessionId"]}
            os.write(self._to, json.dumps(message).encode() + b"\0")
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(params["exceptionDetails"]["exception"].get("description", "an exception"))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.complaints.append(" ".join(str(one.get("value")) for one in params["args"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.complaints.append(params["entry"]["text"])

    def run(self, script):
        """What an expression of JavaScript comes to; promises are awaited."""
        result = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"]["exception"].get("description", "an exception"))
        return result["result"].get("value")

    def wait(self, script):
        """Waits until an expression is true."""
        end = time.monotonic() + SECONDS
        while not self.run(script):
            if time.monotonic() > end:
                raise TimeoutError(f"{script}: {self.complaints}")
            time.sleep(0.05)

    def open(self, address):
        """Opens an address, and waits until its scripts have begun."""
        self.call("Page.navigate", url=address)
        self.wait("document.readyState === 'complete'")

    def window(self, width, height=900, dark=False):
        """Gives the page a size in pixels, and light or dark surroundings."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def key(self, key):
        """Presses a key, `ArrowRight`."""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=_CODES.get(key, 0))

    def screenshot(self, whole=True):
        """The page as the bytes of a PNG file."""
        return base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=whole)["data"])


_CODES = {"ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39, "ArrowDown": 40, "End": 35, "Home": 36, "Tab": 9}


@contextlib.contextmanager
def chromium():
    """A browser with one page."""
    ours, theirs = os.pipe(), os.pipe()  # what we write, what it writes
    folder = tempfile.mkdtemp(prefix="kgan-chromium-")

    def as_3_and_4():
        os.dup2(ours[0], 3)
        os.dup2(theirs[1], 4)

    # Numbers above 4, so that moving one does not close the other.
    ends = [os.dup(ours[0]), os.dup(theirs[1])]
    process = subprocess.Popen(
        [browser(), *_FLAGS, f"--user-data-dir={folder}"],
        pass_fds=(3, 4),
        preexec_fn=as_3_and_4,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for end in (ours[0], theirs[1], *ends):
        os.close(end)
    try:
        yield Page(ours[1], theirs[0])
    finally:
        os.close(ours[1])
        process.terminate()
        process.wait()
        os.close(theirs[0])
        shutil.rmtree(folder, ignore_errors=True)
