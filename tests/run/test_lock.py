"""A run folder belongs to one process at a time."""

import os
import subprocess
import sys
import threading

import pytest

from kgan import run
from kgan.run import lock, naming, training

pytest_plugins = ["small_runs"]

HOLDS = """
import importlib.util, sys, types
from pathlib import Path
sys.modules["kgan.run.folder"] = types.SimpleNamespace(RunError=RuntimeError)  # the rest would import TensorFlow
spec = importlib.util.spec_from_file_location("lock", sys.argv[2])
lock = importlib.util.module_from_spec(spec)
spec.loader.exec_module(lock)
with lock.held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path):
    """Another process that holds the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path), lock.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdin.close()
    process.stdout.close()


def test_a_folder_that_another_process_holds_is_refused_by_its_number_until_it_dies(tmp_path, other):
    expected = rf"no other process trains into\. Received: {tmp_path}, into which process {other.pid} on "
    with pytest.raises(run.RunError, match=expected), lock.held(tmp_path):
        pass
    other.kill()  # without a chance to clean up
    other.wait()
    with lock.held(tmp_path):
        assert (tmp_path / ".lock").read_text().startswith(f"{os.getpid()} on ")
    assert list(tmp_path.iterdir()) == []


def test_two_in_one_process_do_not_share_it_either(tmp_path):
    with lock.held(tmp_path):
        with pytest.raises(run.RunError, match=f"process {os.getpid()} on "), lock.held(tmp_path):
            pass
        with pytest.raises(run.RunError), lock.held(tmp_path):  # the refusal has not let go of it
            pass
    with lock.held(tmp_path):
        pass


def test_a_folder_that_vanishes_meanwhile_is_let_go_of(tmp_path):
    (tmp_path / "run").mkdir()
    with lock.held(tmp_path / "run"):
        (tmp_path / "run").rename(tmp_path / "moved")


def test_a_file_system_without_locks_is_told(tmp_path, monkeypatch):
    def refuse(handle):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(lock, "_lock", refuse)
    said = []
    with lock.held(tmp_path, said.append):
        pass
    assert "cannot be locked ([Errno 95] Operation not supported): let no second process" in said[0]


def test_resuming_a_run_that_trains_is_refused_before_its_log_is_touched(unlabelled):
    before = unlabelled.log.read_bytes()
    with lock.held(unlabelled.folder), pytest.raises(run.RunError, match="no other process trains into"):
        training.resume(unlabelled, epochs=9, verbose=0)
    assert unlabelled.log.read_bytes() == before


def test_processes_that_ask_at_once_get_other_numbers(tmp_path):
    found = []
    threads = [threading.Thread(target=lambda: found.append(naming.claimed("digits", tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(path.name for path in found) == [f"digits-{number:04d}" for number in range(1, 9)]


def test_a_number_that_was_taken_between_the_look_and_the_making_is_passed_over(tmp_path, monkeypatch):
    (tmp_path / "digits-0001").mkdir()
    answers = iter(["digits-0001", "digits-0002"])
    monkeypatch.setattr(naming, "next_folder", lambda source, parent: parent / next(answers))
    assert naming.claimed("digits", tmp_path) == tmp_path / "digits-0002"


def test_of_two_that_make_one_folder_the_second_is_refused(tmp_path, monkeypatch):
    plan = run.Plan.make("digits")
    run.Run.create(tmp_path / "out", plan)
    content = (tmp_path / "out" / "config.json").read_bytes()
    calls = []
    check = run.check_free
    monkeypatch.setattr("kgan.run.folder.check_free", lambda folder: check(folder) if calls else calls.append(folder))
    with pytest.raises(run.RunError, match="which holds an earlier run"):
        run.Run.create(tmp_path / "out", plan)
    assert (tmp_path / "out" / "config.json").read_bytes() == content
