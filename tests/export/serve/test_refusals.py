"""What is refused: with which status, in one form of JSON, and before it costs anything."""

import contextlib
import difflib
import http.client
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import ClassVar

import pydantic
import pytest

import noise_networks
from kgan.export import serve
from kgan.export.portable import label_text
from kgan.export.portable.bundle_file import BundleError
from kgan.export.portable.sampler import Sampler
from kgan.export.serve import asking, limits, running
from kgan.export.serve.refusals import Refused
from served import Served, assert_others_are_answered_while, held

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    path = noise_networks.write(tmp_path_factory.mktemp("guarded") / "generator.onnx")
    mounts = {"/files": {"index.html": b"<!doctype html>"}}
    with Served(path, mounts, running.hosts_of("127.0.0.1", ["gan.example.org"])) as one:
        yield one


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    path = noise_networks.write(
        tmp_path_factory.mktemp("bundle") / "generator.onnx", num_classes=3, class_names=["cat", "dog", "owl"]
    )
    with Served(path, body=5000, pixels=200_000, queue=3, timeout=1) as one:
        yield one


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"{", 400, "Expected JSON. Received: Expecting property name"),
        (b"\xff\xfe\xfd", 400, "Expected JSON. Received: "),
        (b"[" * 4000, 400, "Expected JSON. Received: "),
        (b'{"seed": ' + b"9" * 4500 + b"}", 400, "Expected JSON. Received: Exceeds the limit (4300 digits)"),
        (b"[1]", 422, 'Expected a JSON object, {"count": 16, "seed": 0}. Received: [1].'),
        (b'{"count": 0}', 422, "Expected count as a whole number from 1 to 256. Received: count=0."),
        (b'{"count": 257}', 422, "Expected count as a whole number from 1 to 256. Received: count=257."),
        (b'{"count": true}', 422, "Expected count as a whole number from 1 to 256. Received: count=true."),
        (b'{"count": "4"}', 422, 'Expected count as a whole number from 1 to 256. Received: count="4".'),
        (b'{"seed": -1}', 422, "Expected seed as a whole number from 0 to 4294967295. Received: seed=-1."),
        (b'{"seed": 1e400}', 422, "Expected seed as a whole number from 0 to 4294967295. Received: seed=Infinity."),
        (b'{"truncation_psi": NaN}', 422, "Expected truncation_psi as a number from 0 to 2. Received"),
        (b'{"truncation_psi": 2.1}', 422, "Expected truncation_psi as a number from 0 to 2. Received"),
        (b'{"format": "gif"}', 422, 'Expected format as one of: png, zip, npz. Received: format="gif".'),
        (b'{"cuont": 3}', 422, "Received: 'cuont'. Did you mean 'count'?"),
        (b'{"labels": 3}', 422, "Expected labels as numbers from 0 to 2 or as names, one or a list of them"),
        (b'{"labels": []}', 422, "Expected labels as numbers from 0 to 2 or as names, one or a list of them"),
        (b'{"labels": [[0, 1]]}', 422, "Expected labels as numbers from 0 to 2 or as names"),
        (b'{"labels": "cats"}', 422, "Received: 'cats'. Did you mean 'cat'?"),
        (b'{"labels": ["\\ud800"]}', 422, 'Received: labels=["\\ud800"].'),
        (b'{"labels": [0, 1, 2], "count": 2}', 422, "Expected at most as many labels as samples. Received: 3 labels"),
        (b'{"count": 100}', 422, "Expected at most 200,000 pixels in one answer, 48 of these samples. Received"),
    ],
    ids=lambda value: repr(value)[:40] if isinstance(value, bytes) else "",
)  # fmt: skip
def test_a_wrong_request_is_told(served, body, status, said):
    answer = served.ask("POST", "/generate", body, JSON)
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/json"
    assert said in answer.error


def test_a_generator_without_labels_refuses_them(tmp_path):
    with Served(noise_networks.write(tmp_path / "plain.onnx")) as one:
        said = "Expected no labels, because this generator takes none. Received: labels. Leave them out."
        assert one.generate(labels=[0]).error == said


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "said"),
    [
        ("POST", "/generate", {}, 415, "Expected Content-Type as one of: application/json. Received: none."),
        ("POST", "/generate", {"Content-Type": "text/plain"}, 415, "Received: text/plain."),
        ("POST", "/generate?count=3", JSON, 422, "Expected no options in the address. Received: 'count=3'."),
        ("GET", "/generate", {}, 405, "Expected POST /generate, or GET /bundle, /healthz, /metrics or /docs."),
        ("POST", "/apply", {}, 404, "Expected POST /generate, because this bundle takes latents. Received: POST"),
        ("GET", "/../etc/passwd", {}, 404, "Expected POST /generate, or GET /bundle"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_told(served, method, path, headers, status, said):
    answer = served.ask(method, path, b"{}" if method == "POST" else None, headers)
    assert answer.status == status
    assert said in answer.error


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_long_is_refused(served, chunked):
    body = json.dumps({"labels": ["cat"] * 1000}).encode()
    answer = served.ask("POST", "/generate", iter([body[:3000], body[3000:]]) if chunked else body, JSON, chunked)
    assert (answer.status, answer.error.partition(". ")[0]) == (413, "Expected a body of at most 5,000 bytes")


def test_a_body_without_end_is_not_read_to_its_end(served):
    """A gibibyte is announced, and none of it is sent."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as client:
        client.sendall(b"POST /generate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n")
        client.sendall(b"Content-Length: 1073741824\r\n\r\n")
        assert b"413" in client.recv(4096).partition(b"\r\n")[0]


def test_a_body_that_does_not_come_is_not_waited_for(served):
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as client:
        client.sendall(b"POST /generate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n")
        client.sendall(b"Content-Length: 20\r\n\r\n{")
        answer = http.client.HTTPResponse(client)
        answer.begin()
        assert answer.status == 408
        assert json.loads(answer.read())["error"] == "Expected a body within 1 s. Received: 1 bytes of it."


@pytest.mark.parametrize(
    "before",
    [
        pytest.param(b"", marks=pytest.mark.slow, id="first"),
        pytest.param(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", id="second"),
    ],
)
def test_a_head_that_does_not_come_is_not_waited_for(served, before):
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as client:
        if before:
            client.sendall(before)
            while not client.recv(4096).endswith(b'{"status": "ok"}'):
                pass
        begun = time.monotonic()
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < begun + 10:  # a byte now and then
                client.sendall(b"G")
                client.settimeout(0.1)
                with contextlib.suppress(TimeoutError):
                    if not client.recv(4096):
                        break
        assert 0.5 < time.monotonic() - begun < 8


def test_more_than_the_queue_are_told_to_come_again(served):
    assert served.settled() == 0
    with ThreadPoolExecutor(4) as threads:
        with held(served) as network:
            waiting = [threads.submit(served.generate, seed=seed) for seed in range(3)]
            assert network.begun.wait(10)
            while served.application._admission.inside < 3:
                time.sleep(0.001)
            more = served.generate(seed=4)
            alive = served.ask("GET", "/healthz")
        assert [one.result().status for one in waiting] == [200, 200, 200]
    assert (more.status, more.headers["Retry-After"]) == (429, "1")
    assert more.error == "Expected at most 3 requests at once. Received: one more. Come again in 1 s."
    assert (alive.status, alive.content) == (200, b'{"status": "ok"}')
    assert served.generate(seed=4).status == 200


def test_more_pixels_than_memory_suffices_for_are_told_to_come_again(tmp_path):
    with Served(noise_networks.write(tmp_path / "plain.onnx"), pixels=400) as one, ThreadPoolExecutor(4) as threads:
        with held(one) as network:
            waiting = [threads.submit(one.generate, count=6, format="npz") for _ in range(4)]  # 384 pixels each
            assert network.begun.wait(10)
            while one.application._admission.inside < 4 or one.application._admission._pixels < 4 * 384:
                time.sleep(0.001)
            more = one.generate(count=2, format="npz")
            small = threads.submit(one.generate, count=1, format="npz")
            network.go_on.set()
        assert [one.result().status for one in (*waiting, small)] == [200] * 5
    assert more.status == 429
    assert more.error.startswith("Expected at most 1,600 pixels of all requests at once. Received: 128 more.")


def test_answers_that_nobody_takes_count_until_they_are_left(tmp_path):
    path = noise_networks.write(tmp_path / "large.onnx", shape=(256, 256, 3))
    body = b'{"count": 15, "format": "npz"}'  # 983,040 pixels, 12 MB
    head = b"POST /generate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    with Served(path, pixels=1_000_000) as one:
        with contextlib.ExitStack() as clients:
            for _ in range(5):
                client = clients.enter_context(socket.socket())
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                client.connect(("127.0.0.1", one.port))
                client.sendall(head % len(body) + body)
                assert client.recv(12) == b"HTTP/1.1 200"
            more = one.generate(count=15, format="npz")
            assert one.generate(count=1).status == 200
        assert more.status == 429
        assert more.error.startswith("Expected at most 4,000,000 pixels of all requests at once. Received: 983,040 mo")
        until = time.monotonic() + 10
        while one.application._admission._pixels and time.monotonic() < until:
            time.sleep(0.01)
        assert one.application._admission._pixels == 0
        assert one.generate(count=15, format="npz").status == 200


def test_many_channels_count_as_many_pixels(tmp_path):
    with Served(noise_networks.write(tmp_path / "sequences.onnx", shape=(8, 400)), pixels=1600) as one:
        assert one.generate(count=2).status == 200
        answer = one.generate(count=3)
    assert answer.status == 422
    assert answer.error.startswith("Expected at most 1,600 pixels in one answer, 2 of these samples. Received: count=3")
    assert [limits.pixels_of(shape) for shape in ((5, 5, 1), (5, 5, 4), (5, 5, 5), (2, 3, 4, 8), (7,))] == [
        *(25, 25, 32, 48, 7)
    ]


@pytest.mark.slow
def test_a_request_behind_another_in_one_packet_has_its_time(tmp_path):
    with Served(noise_networks.write(tmp_path / "plain.onnx"), timeout=1) as one:
        merging = one.loaded.engine
        real = merging.engine.run

        def slow(names, feeds, rows):
            time.sleep(1.5 if rows == 2 else 0)
            return real(names, feeds, rows)

        merging.engine = SimpleNamespace(run=slow)
        head = b"POST /generate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 11\r\n%s\r\n"
        with socket.create_connection(("127.0.0.1", one.port), timeout=10) as client:
            client.sendall(head % b"" + b'{"count":1}' + head % b"Connection: close\r\n" + b'{"count":2}')
            content = b""
            while more := client.recv(65536):
                content += more
    assert content.count(b"HTTP/1.1 200") == 2


def names_of(number):
    return [f"class number {one}" for one in range(number)]


def test_a_wrong_name_is_not_compared_with_a_hundred_thousand(monkeypatch):
    with pytest.raises(BundleError, match=r"Received: 'class numbr 1'. Did you mean 'class number 1'"):
        raise label_text.unknown("class numbr 1", names_of(5000))
    monkeypatch.setattr(difflib, "get_close_matches", lambda entry, names, n: pytest.fail("compared") if names else [])
    for entry, names in (("class numbr 1", names_of(100_000)), ("c" * 101, names_of(3))):
        with pytest.raises(BundleError, match=r"Expected labels by these names: 'class number 0'.*Received: 'c[^?]*$"):
            raise label_text.unknown(entry, names)


def test_a_hundred_thousand_wrong_fields_are_one_error(monkeypatch):
    monkeypatch.setattr(difflib, "get_close_matches", lambda *a, **k: pytest.fail("compared"))

    class Fields:
        model_fields: ClassVar = {"count": None, "seed": None}

        @staticmethod
        def model_validate(given):
            pytest.fail("looked at the values")

    with pytest.raises(Refused, match="Expected fields of: count, seed. Received: 'nnn"):
        asking.asked(json.dumps({"n" * 10**6: 0}).encode(), Fields, None, {})


def test_of_many_wrong_labels_one_is_looked_at(tmp_path):
    sampler = Sampler(noise_networks.write(tmp_path / "tags.onnx", num_tags=20, class_names=names_of(20)))
    model = asking.model_of(sampler, serve.Limits())
    with pytest.raises(pydantic.ValidationError) as error:
        model.model_validate({"labels": [[0.5] * 20] * 100})
    assert error.value.error_count() < 10
    asked = asking.asked(
        json.dumps({"labels": [["class number 3", 4], 5]}).encode(), model, sampler, asking.numbers_of(names_of(20))
    )
    assert (asked["labels"], asked["count"]) == ([(3, 4), 5], 2)


def test_while_a_request_is_read_others_are_answered(served, monkeypatch):
    assert_others_are_answered_while(monkeypatch, asking, "asked", served, served.generate)


def test_pages_of_other_sites_may_not_ask(served):
    headers = {"Origin": "http://elsewhere.example", "Access-Control-Request-Method": "POST"}
    answer = served.ask("OPTIONS", "/generate", None, headers | {"Access-Control-Request-Headers": "content-type"})
    assert answer.status == 405
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("LOCALHOST", 200),
        ("[::1]:80", 200),
        ("gan.example.org:443", 200),
        ("evil.example:8000", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost:80@evil.example", 421),
        ("", 421),
        ("[::1", 421),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("GET", "/bundle"), ("POST", "/generate"), ("GET", "/files/")])
def test_a_page_of_another_host_that_resolves_to_this_machine_is_refused(guarded, host, status, method, path):
    body = b"{}" if method == "POST" else None
    answer = guarded.ask(method, path, body, JSON | {"Host": host, "Origin": f"http://{host}"})
    assert answer.status == status
    if status == 421:
        assert answer.error.startswith("Expected Host as one of: 127.0.0.1, ::1, gan.example.org, localhost. Received")


def test_who_waits_for_leave_to_send_a_body_that_is_too_long_does_not_get_it(served):
    head = b"POST /generate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
    for length, first in ((20_000, b"HTTP/1.1 413"), (2, b"HTTP/1.1 100")):
        with socket.create_connection(("127.0.0.1", served.port), timeout=10) as client:
            client.sendall(head % length + b"Expect: 100-continue\r\n\r\n")
            assert client.recv(4096).startswith(first)


def test_who_does_not_take_the_answer_is_left(tmp_path):
    path = noise_networks.write(tmp_path / "large.onnx", shape=(256, 256, 3))
    with Served(path, timeout=1) as one, socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", one.port))
        body = b'{"count": 32, "format": "npz"}'  # 25 MB
        client.sendall(b"POST /generate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n")
        client.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        client.recv(100)
        assert one.settled() == 0
        taken = 0
        with contextlib.suppress(ConnectionError):
            while more := client.recv(2**20):
                taken += len(more)
        assert taken < 20_000_000


def test_who_hangs_up_frees_a_place(served):
    with held(served) as network:
        body = b"POST /generate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
        with socket.create_connection(("127.0.0.1", served.port)) as client:
            client.sendall(body)
            assert network.begun.wait(10)
    assert served.settled() == 0


def test_a_network_that_fails_is_the_server_s_own_error(served, caplog):
    class Broken:
        def run(self, names, feeds, rows):
            raise RuntimeError("out of memory")

    merging = served.loaded.engine
    real, merging.engine = merging.engine, Broken()
    try:
        answer = served.generate()
    finally:
        merging.engine = real
    assert answer.status == 500
    assert answer.error == "Expected an answer. Received: an error of the server's own; its log says which."
    until = time.monotonic() + 10
    while "out of memory" not in caplog.text and time.monotonic() < until:  # the answer comes before the log
        time.sleep(0.01)
    assert "out of memory" in caplog.text
    assert served.generate().status == 200


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"count": 0}, "Expected count from 1 to 100,000, a whole number. Received: count=0."),
        ({"body": 2**31}, "Expected body from 1 to 1,073,741,824, a whole number. Received: body=2147483648."),
        ({"queue": True}, "Expected queue from 1 to 4,096, a whole number. Received: queue=True."),
        ({"timeout": 0.5}, "Expected timeout from 1 to 3,600, a whole number. Received: timeout=0.5."),
    ],
)
def test_limits_out_of_range_are_refused(wrong, said):
    with pytest.raises(ValueError) as error:
        serve.Limits(**wrong)
    assert str(error.value) == said
