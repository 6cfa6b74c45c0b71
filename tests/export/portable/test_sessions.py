"""On which device an export computes, and with how many threads."""

import time
import warnings

import numpy as np
import onnxruntime
import pytest

import kgan
from games import small_dcgan
from kgan.export.portable import sampler, sessions


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return kgan.export.save(small_dcgan(), tmp_path_factory.mktemp("sessions") / "g.onnx")


def test_the_cpu_computes_where_onnxruntime_offers_no_gpu(model, monkeypatch):
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    assert sampler.Sampler(model).engine.provider == "CPUExecutionProvider"
    for name in ("cpu", "CPU"):
        assert sampler.Sampler(model, provider=name).engine.provider == "CPUExecutionProvider"


@pytest.mark.parametrize("name", ["cuda", "CUDA", "CPUExecutionProvider", "", 3])
def test_a_provider_that_is_not_there_is_refused_with_what_there_is(model, monkeypatch, name):
    offered = ["AzureExecutionProvider", "CoreMLExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: offered)
    with pytest.raises(sampler.SamplerError, match=f"offers here: cpu, coreml. Received: provider={name}. Choose"):
        sampler.Sampler(model, provider=name)


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["CUDAExecutionProvider", "CPUExecutionProvider"], "CUDAExecutionProvider"),
        (["TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"], "CUDAExecutionProvider"),
        (["DmlExecutionProvider", "CPUExecutionProvider"], "DmlExecutionProvider"),
        (["CoreMLExecutionProvider", "CPUExecutionProvider"], "CPUExecutionProvider"),
    ],
)
def test_a_gpu_is_taken_where_onnxruntime_offers_one_but_none_that_computes_in_float16(monkeypatch, offered, chosen):
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: offered)
    assert sessions.provider_of() == chosen


def test_a_provider_that_is_offered_and_does_not_start_is_told(model, monkeypatch):
    monkeypatch.setattr(
        onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"]
    )
    real = onnxruntime.InferenceSession

    def without_cuda(path, options, providers):  # as onnxruntime does where CUDA's libraries are missing
        return real(path, options, providers=["CPUExecutionProvider"])

    monkeypatch.setattr(onnxruntime, "InferenceSession", without_cuda)
    with pytest.raises(sampler.SamplerError, match="Expected provider=cuda to start. Received: CPUExecutionProvider"):
        sampler.Sampler(model, provider="cuda")
    with pytest.warns(UserWarning, match="offers CUDAExecutionProvider, which does not start here"):
        assert sampler.Sampler(model).engine.provider == "CPUExecutionProvider"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sampler.Sampler(model, provider="cpu")


@pytest.mark.parametrize("threads", [0, -1, 1.5, True, "2"])
def test_threads_are_whole_numbers_from_1(model, threads):
    with pytest.raises(sampler.SamplerError, match="Expected threads >= 1, a whole number. Received: threads="):
        sampler.Sampler(model, threads)


def test_a_process_that_may_use_one_core_computes_with_one_thread(model, monkeypatch):
    opened = []
    real = sessions._session
    monkeypatch.setattr(sessions, "_session", lambda *how, **spin: opened.append(how[2]) or real(*how, **spin))
    monkeypatch.setattr(sessions.os, "sched_getaffinity", lambda process: {1}, raising=False)
    drawn = sampler.Sampler(model)
    for _ in range(200):
        drawn.sample(1, 0)
    assert opened == [1]


def test_threads_that_were_asked_for_are_kept_to(model, monkeypatch):
    opened = []
    real = sessions._session
    monkeypatch.setattr(sessions, "_session", lambda *how, **spin: opened.append(how[2]) or real(*how, **spin))
    drawn = sampler.Sampler(model, threads=2)
    for _ in range(200):
        drawn.sample(1, 0)
    assert opened == [2]


class Timed:
    """A session that takes so long in a run, by a clock that nothing else moves."""

    def __init__(self, session, clock, seconds, change=0.0):
        self._session, self._clock, self._seconds, self._change = session, clock, seconds, change
        self.runs = 0

    def run(self, outputs, inputs):
        self.runs += 1
        self._clock[0] += self._seconds
        return [one + np.float32(self._change) for one in self._session.run(outputs, inputs)]

    def __getattr__(self, name):
        return getattr(self._session, name)


def timed_engine(model, monkeypatch, seconds, changes):
    """A sampler whose sessions take so long, by the threads and whether they spin; and those sessions."""
    clock, opened, real = [0.0], {}, sessions._session
    monkeypatch.setattr(sessions.time, "perf_counter", lambda: clock[0])
    monkeypatch.setattr(sessions.os, "sched_getaffinity", lambda process: range(4), raising=False)

    def timed(path, provider, threads, spin):
        how = (threads, spin)
        clock[0] += 0.05
        opened[how] = Timed(real(path, provider, 1, False), clock, seconds[how], changes.get(how, 0.0))
        return opened[how]

    monkeypatch.setattr(sessions, "_session", timed)
    return sampler.Sampler(model), opened


SLEEPING, ONE, SPINNING = (0, False), (1, False), (0, True)


@pytest.mark.parametrize(
    ("seconds", "changes", "best"),
    [
        ({SLEEPING: 0.02, ONE: 0.01, SPINNING: 0.015}, {}, ONE),
        ({SLEEPING: 0.02, ONE: 0.03, SPINNING: 0.01}, {}, SPINNING),
        ({SLEEPING: 0.02, ONE: 0.03, SPINNING: 0.0199}, {}, SLEEPING),  # no reason to keep cores busy
        ({SLEEPING: 0.02, ONE: 0.01, SPINNING: 0.015}, {ONE: 1e-7}, SPINNING),  # other bits
    ],
)
def test_the_fastest_threads_are_taken_after_as_long_as_opening_took(model, monkeypatch, seconds, changes, best):
    drawn, opened = timed_engine(model, monkeypatch, seconds, changes)
    first = [drawn.sample(1, 0) for _ in range(3)]
    assert list(opened) == [SLEEPING]
    after = drawn.sample(1, 0)
    assert list(opened) == [SLEEPING, ONE, SPINNING]
    runs = {how: session.runs for how, session in opened.items()}
    for _ in range(4):
        np.testing.assert_array_equal(drawn.sample(1, 0), first[0])
    np.testing.assert_array_equal(after, first[0])
    assert {how for how, session in opened.items() if session.runs > runs[how]} == {best}


def test_a_large_file_is_opened_once(model, monkeypatch):
    monkeypatch.setattr(sessions, "LARGEST_OF_TRIAL", model.stat().st_size - 1)
    drawn, opened = timed_engine(model, monkeypatch, {SLEEPING: 0.02, ONE: 0.01, SPINNING: 0.03}, {})
    for _ in range(10):
        drawn.sample(1, 0)
    assert list(opened) == [SLEEPING]


def test_a_machine_that_changes_is_measured_again(model, monkeypatch):
    seconds = {SLEEPING: 0.02, ONE: 0.01, SPINNING: 0.03}
    drawn, opened = timed_engine(model, monkeypatch, seconds, {})
    for _ in range(4):
        drawn.sample(1, 0)
    first = opened[ONE]
    seconds |= {SLEEPING: 0.02, ONE: 0.04, SPINNING: 0.01}  # as when other programs have ended
    first._seconds = 0.04
    runs = 0
    while opened[ONE] is first and runs < 2_000:  # 50 times what two sessions and their runs took
        drawn.sample(1, 0)
        runs += 1
    assert 50 * 0.2 < runs * 0.04 < 50 * 0.6
    before = opened[SPINNING].runs
    drawn.sample(1, 0)
    assert opened[SPINNING].runs == before + 1


def test_batches_have_a_choice_of_their_own(model, monkeypatch):
    drawn, opened = timed_engine(model, monkeypatch, {SLEEPING: 0.02, ONE: 0.01, SPINNING: 0.03}, {})
    for _ in range(4):
        drawn.sample(1, 0)
    one = opened[ONE].runs
    drawn.sample(64, 0)
    assert opened[ONE].runs == one


def test_a_file_that_was_replaced_meanwhile_is_not_opened(tmp_path, model, monkeypatch):
    copy = tmp_path / "g.onnx"
    copy.write_bytes(model.read_bytes())
    drawn, opened = timed_engine(copy, monkeypatch, {SLEEPING: 0.02, ONE: 0.01, SPINNING: 0.03}, {})
    copy.unlink()
    for _ in range(6):
        drawn.sample(1, 0)
    assert list(opened) == [SLEEPING]


def test_a_thousand_single_samples_are_those_of_their_seeds_whatever_was_chosen(model):
    drawn, plain = sampler.Sampler(model), sampler.Sampler(model, threads=1)
    begun = time.monotonic()
    for seed in range(1000):
        assert np.array_equal(drawn.sample(1, seed), plain.sample(1, seed))
        if time.monotonic() - begun > 2:
            break
