"""`kgan serve` as a process: what it says, how it ends, and what it does without."""

import contextlib
import http.client
import re
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import noise_networks
from commands import kgan as command
from kgan.export.serve import running
from served import Served, held

PROGRAM = """
import sys
from kgan_cli.app import main
try:
    main()
finally:
    print([name for name in ("tensorflow", "keras", "kgan", "tf2onnx") if name in sys.modules])
"""
HEAD = b"POST /generate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return noise_networks.write(tmp_path_factory.mktemp("bundle") / "generator.onnx")


@contextlib.contextmanager
def started(bundle, *options):
    """`kgan serve` in a process of its own, once it listens; and its port."""
    arguments = [sys.executable, "-c", PROGRAM, "serve", str(bundle), "--port", "0", *options]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            said = process.stdout.readline()
            if "Serving" not in said:
                said += process.stdout.readline()
            yield process, int(re.search(r"http://[^ ]*:(\d+);", said)[1]), said
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_told_to_end_it_answers_what_had_begun_and_no_more(bundle, number):
    with started(bundle) as (process, port, _), socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(HEAD + b'{"count"')
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as idle:
            idle.request("GET", "/healthz")  # which comes after those bytes
            assert idle.getresponse().read() == b'{"status": "ok"}'
            idle.request("GET", "/bundle", headers={"Host": f"evil.example:{port}"})
            assert idle.getresponse().status == 421
        process.send_signal(number)
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=30).close()
            except ConnectionError:
                break
        client.sendall(b":3}")
        answer = http.client.HTTPResponse(client)
        answer.begin()
        assert (answer.status, answer.read()[:4]) == (200, b"\x89PNG")
        out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    assert out == "Ended; what had been asked is answered.\n[]\n"  # and imported neither TensorFlow nor kgan


@pytest.mark.slow
def test_told_to_end_as_soon_as_it_says_that_it_listens_it_ends_well(bundle):
    with started(bundle) as (process, _, _):
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")


def test_a_port_that_is_taken_is_told_in_a_line(bundle):
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        done = command("serve", bundle, "--port", port)
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        f"error: Expected a free port of an address of this machine. Received: --host 127.0.0.1, --port {port}: "
        f"Address already in use. Choose another port, or 0 for any that is free.\n"
    )


@pytest.mark.slow
def test_who_lets_everybody_in_is_told_what_that_means(bundle):
    with started(bundle, "--host", "0.0.0.0") as (_, port, said):
        assert said.startswith(
            "Every machine that reaches this one over its networks can ask it for samples: there is "
        )
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as client:
            client.request("GET", "/healthz")
            assert client.getresponse().status == 200


@pytest.mark.parametrize(
    ("address", "allowed", "hosts"),
    [
        ("127.0.0.1", [], {"127.0.0.1", "::1", "localhost"}),
        ("127.0.0.9", ["GAN.example.org"], {"127.0.0.1", "127.0.0.9", "::1", "localhost", "gan.example.org"}),
        ("::1", (), {"127.0.0.1", "::1", "localhost"}),
        ("0.0.0.0", [], None),
        ("::", ["2001:db8::1"], {"127.0.0.1", "::", "::1", "localhost", "2001:db8::1"}),
    ],
)
def test_which_hosts_requests_may_name_depends_on_who_reaches_the_server(address, allowed, hosts):
    assert running.hosts_of(address, allowed) == hosts


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--allowed-host", "a.example:80"],
            "Expected --allowed-host as names without ports, gan.example.org. Received: ",
        ),
        (["--allowed-host", "http://a"], "Received: --allowed-host http://a."),
        (["--host", "nowhere.invalid"], "Expected --host as an address of this machine, 127.0.0.1 for one. Received: "),
        (["--count", 0], "Expected --count as a whole number from 1 to 100000. Received: --count 0."),
        (["--port", 70000], "Expected --port as a whole number from 0 to 65535. Received: --port 70000."),
    ],
)
def test_wrong_options_are_told(bundle, options, said):
    done = command("serve", bundle, *options)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_a_damaged_bundle_is_told_before_anything_listens(tmp_path):
    (tmp_path / "generator.onnx").write_bytes(b"damaged")
    done = command("serve", tmp_path, "--port", 0)
    assert (done.code, done.out) == (2, "")
    assert f"Expected a generator.onnx that kgan exported. Received: {tmp_path / 'generator.onnx'}" in done.err


@pytest.mark.slow
def test_an_end_that_cuts_requests_off_counts_them(bundle):
    with Served(bundle, timeout=1) as one, ThreadPoolExecutor(1) as threads, held(one) as network:
        cut = threads.submit(one.generate)
        assert network.begun.wait(10)
        one.end()
        assert cut.result().status == 500
        assert one.application.cut_off == 1
