"""Requests that nobody should send: the server answers each with a refusal, goes on, and writes nothing.

A hundred of them, and a thousand more among the slow tests.
"""

import contextlib
import io
import json
import socket
import sys
import threading

import film_networks
import numpy as np
import pytest
import wave_networks
import wave_runs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

import damage
import noise_networks
import picture_networks
from kgan.export.portable.wave_files import write_wave
from kgan.export.serve import picturing
from served import Served

VALID = {"count": 4, "seed": 1, "labels": [0, "dog"], "truncation_psi": 0.5, "format": "npz"}


def encoded(form):
    """A picture of 8 x 8 pixels in colour, as a file of a few hundred bytes."""
    content = io.BytesIO()
    pixels = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3)
    Image.fromarray(pixels).save(content, form, **({"compression": "tiff_lzw"} if form == "TIFF" else {}))
    return content.getvalue()


PICTURES = {form: encoded(form) for form in picturing.KINDS.values()}
KEPT = settings(
    deadline=None, database=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
ODD_LINES = [
    b"PUT /generate HTTP/1.1",
    b"POST /%ff%00 HTTP/1.1",
    b"GET /docs HTTP/1.1",
    b"GET / HTTP/1.1",
    b"POST /generate/ HTTP/1.1",
    b"POST /generate?%ff HTTP/1.1",
]
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.text(max_size=20),
    st.lists(st.one_of(st.integers(-3, 5), st.text(max_size=3), st.lists(st.integers(-1, 3), max_size=3)), max_size=6),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


@st.composite
def bodies(draw):
    """JSON of odd fields, or bytes that a sound body was damaged into."""
    if draw(st.booleans()):
        names = st.one_of(st.sampled_from(list(VALID)), st.text(max_size=8))
        return json.dumps(VALID | draw(st.dictionaries(names, ODD, min_size=1, max_size=3))).encode()
    return draw(damage.damaged(json.dumps(VALID).encode()))


@st.composite
def requests(draw):
    """A request as bytes, whose head is odd now and then."""
    body = draw(bodies())
    head = [
        draw(st.sampled_from([b"POST /generate HTTP/1.1"] * 8 + ODD_LINES)),
        draw(st.sampled_from([b"Host: a"] * 4 + [b"Host: [a:b", b"Host: \xff?#", b"Host: "])),
        b"Connection: close",
        draw(st.sampled_from([b"Content-Type: application/json"] * 6 + [b"Content-Type: \xff", b"Accept: */*"])),
    ]
    if draw(st.integers(0, 3)) == 0:
        head.append(b"Transfer-Encoding: chunked")
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if draw(st.booleans()) else body + b"\r\n0\r\n\r\n"
    else:
        head.append(b"Content-Length: %d" % len(body))
    content = b"\r\n".join(head) + b"\r\n\r\n" + body
    return draw(damage.damaged(content)) if draw(st.integers(0, 3)) == 0 else content


def status_of(served, content):
    """The status that bytes are answered with; `None` where the server closes without one."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=30) as client:
        with contextlib.suppress(ConnectionError):
            client.sendall(content)
            client.shutdown(socket.SHUT_WR)
        answer = b""
        with contextlib.suppress(ConnectionError):
            while more := client.recv(65536):
                answer += more
    return int(answer.split(b" ", 2)[1]) if answer else None


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    path = noise_networks.write(
        tmp_path_factory.mktemp("bundle") / "generator.onnx", num_classes=3, class_names=["cat", "dog", "owl"]
    )
    with Served(path, count=8, timeout=2) as one:
        yield one


@pytest.fixture(scope="module")
def of_pictures(tmp_path_factory):
    path = picture_networks.negative(tmp_path_factory.mktemp("bundle") / "generator.onnx", multiple=4)
    with Served(path, pixels=10_000, timeout=2) as one:
        yield one


@pytest.fixture(scope="module")
def of_films(tmp_path_factory):
    path = film_networks.brighter(tmp_path_factory.mktemp("bundle") / "generator.onnx")
    with Served(path, pixels=10_000, timeout=2) as one:
        yield one


@pytest.fixture(scope="module")
def of_waves(tmp_path_factory):
    path = wave_networks.vocoder(tmp_path_factory.mktemp("bundle") / "generator.onnx")
    with Served(path, pixels=10_000, timeout=2) as one:
        yield one


def array(values):
    """An array as a file."""
    content = io.BytesIO()
    np.save(content, values)
    return content.getvalue()


def film():
    """A GIF of four frames."""
    content, pictures = io.BytesIO(), [Image.fromarray(one[..., 0]) for one in film_networks.film()]
    pictures[0].save(content, "GIF", save_all=True, append_images=pictures[1:])
    return content.getvalue()


def sound():
    """A WAV file of 200 samples."""
    content = io.BytesIO()
    write_wave(content, np.sin(np.arange(200.0)), wave_runs.RATE)
    return content.getvalue()


NPY = "application/x-npy"
SOUND = {  # bodies that are answered, by their media types
    "of_films": {"image/gif": film(), NPY: array(film_networks.film())},
    "of_waves": {"audio/wav": sound(), NPY: array(np.full((12, wave_runs.MELS), -2.0, np.float32))},
}
KINDS = [(server, kind) for server, bodies in SOUND.items() for kind in bodies]


class _Writes:
    """Notes which files this process opens to write, while it is told to."""

    def __init__(self):
        self.on, self.paths = False, []
        sys.addaudithook(self._note)

    def _note(self, event, arguments):
        if self.on and event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
            self.paths.append((arguments[0], threading.current_thread().name))
        elif self.on and event in ("os.mkdir", "os.rename", "tempfile.mkstemp", "tempfile.mkdtemp"):
            self.paths.append((event, arguments))


WRITES = _Writes()


@contextlib.contextmanager
def nothing_written():
    """Fails where a file is opened to write within."""
    WRITES.on, WRITES.paths = True, []
    try:
        yield
    finally:
        WRITES.on = False
    assert WRITES.paths == []


def check_request(served, content):
    with nothing_written():
        status = status_of(served, content)
    assert status is None or status < 500


def check_picture(of_pictures, content):
    with nothing_written():
        answer = of_pictures.ask("POST", "/apply", content, {"Content-Type": "image/png"})
    assert answer.status in (200, 413, 422)
    if answer.status != 200:
        assert answer.error.startswith("Expected ")
        assert "Received: " in answer.error


def check_body(served, kind, content):
    with nothing_written():
        answer = served.ask("POST", "/apply", content, {"Content-Type": kind})
    assert answer.status in (200, 413, 422)
    if answer.status != 200:
        assert answer.error.startswith("Expected ")
        assert "Received: " in answer.error


@settings(KEPT, max_examples=60)
@given(content=requests())
def test_requests_that_nobody_should_send_are_refused(served, content):
    check_request(served, content)


@settings(KEPT, max_examples=60)
@given(content=st.sampled_from(list(PICTURES.values())).flatmap(damage.damaged))
def test_pictures_that_are_damaged_are_refused(of_pictures, content):
    check_picture(of_pictures, content)


@pytest.mark.parametrize(("server", "kind"), KINDS)
@settings(KEPT, max_examples=25)
@given(data=st.data())
def test_films_and_waves_that_are_damaged_are_refused(request, server, kind, data):
    check_body(request.getfixturevalue(server), kind, data.draw(damage.damaged(SOUND[server][kind])))


@pytest.mark.slow
@pytest.mark.parametrize(("server", "kind"), KINDS)
@settings(KEPT, max_examples=300)
@given(data=st.data())
def test_three_hundred_films_and_waves_that_are_damaged_are_refused(request, server, kind, data):
    check_body(request.getfixturevalue(server), kind, data.draw(damage.damaged(SOUND[server][kind])))


@pytest.mark.slow
@settings(KEPT, max_examples=700)
@given(content=requests())
def test_seven_hundred_requests_that_nobody_should_send_are_refused(served, content):
    check_request(served, content)


@pytest.mark.slow
@settings(KEPT, max_examples=300)
@given(content=st.sampled_from(list(PICTURES.values())).flatmap(damage.damaged))
def test_three_hundred_pictures_that_are_damaged_are_refused(of_pictures, content):
    check_picture(of_pictures, content)


@pytest.mark.parametrize(("server", "kind"), KINDS)
def test_the_servers_of_films_and_waves_go_on_after_all_that_and_write_nothing(request, server, kind):
    one = request.getfixturevalue(server)
    with nothing_written():
        assert one.ask("POST", "/apply", SOUND[server][kind], {"Content-Type": kind}).status == 200
    assert one.settled() == 0


def test_the_servers_go_on_after_all_that(served, of_pictures):
    with nothing_written():
        assert served.generate(count=2, seed=0, format="zip").status == 200
        assert of_pictures.ask("POST", "/apply", PICTURES["PNG"], {"Content-Type": "image/png"}).status == 200
    assert served.settled() == of_pictures.settled() == 0
