"""What all tests share. It imports TensorFlow in fixtures alone: the process that hands tests out needs none of it."""

import ctypes
import gc
import os
import signal
import sys

import pytest


def pytest_addoption(parser):
    parser.addoption(
        "--xla",
        action="store_true",
        help="compile games with XLA wherever users' are and let TensorFlow optimize graphs, as .ci/run does: slower",
    )


def pytest_configure():
    """In the background of a script Ctrl-C is ignored, and tests that send it would be too."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)  # before fixtures
def pytest_runtest_setup(item):
    if item.config.getoption("xla") or item.get_closest_marker("xla"):
        os.environ.pop("KGAN_XLA", None)
    else:
        os.environ["KGAN_XLA"] = "0"


@pytest.fixture(autouse=True, scope="session")
def _imports_are_kept():
    """What TensorFlow and Keras made when they were imported lasts: garbage collectors need not look at it again."""
    import keras  # noqa: F401

    import kgan  # noqa: F401

    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def _graphs_run_as_they_were_traced(request):
    """Optimizing a graph takes an eighth of a fit of a few steps, and pays off later; with --xla it is done."""
    if not request.config.getoption("xla"):
        import tensorflow as tf

        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})


@pytest.fixture(autouse=True)
def _seeded():
    import keras

    keras.utils.set_random_seed(0)


@pytest.fixture(autouse=True, scope="module")
def _memory_given_back():
    """Lets go of the games of a module: they are cycles of objects, and C's allocator keeps what is free."""
    yield
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's; musl has none
        if trim is not None:
            trim(0)


@pytest.fixture(scope="session")
def peers():
    """PyTorch and torch-fidelity, which the metrics are held against; without them the test is skipped."""
    return pytest.importorskip("peers", reason="needs PyTorch and torch-fidelity: pip install 'kgan[test,peers]'")


@pytest.fixture
def small_images():
    """200 real digits shrunk to 8 x 8, uint8."""
    from kgan.data.sources import digits

    images, _ = digits.read()
    return images[::25, 2:26:3, 2:26:3]


@pytest.fixture
def small_labels():
    import numpy as np

    from kgan.data.sources import digits

    _, labels = digits.read()
    return labels[::25].astype(np.int32)
