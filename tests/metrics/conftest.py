"""Fixtures that the tests of the metrics share."""

import pytest


@pytest.fixture(autouse=True)
def cache_folder(monkeypatch, tmp_path):
    """Where what is measured on reals is kept: a folder of the test's own."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("KGAN_CACHE", str(folder))
    return folder
