"""The programs that the metrics are held against: PyTorch and torch-fidelity.

torch-fidelity imports torchvision for its data sets and for networks that no test here looks at. Where torchvision does
not fit the PyTorch at hand, which a build for CPU alone is enough for, a stand-in takes its place while it is imported.
"""

import contextlib
import sys
from unittest import mock

import torch


def _torchvision_fits() -> bool:
    try:
        import torchvision  # noqa: F401
    except (ImportError, RuntimeError):  # RuntimeError: its operators were built for another PyTorch
        return False
    return True


@contextlib.contextmanager
def _without_torchvision():
    names = ["torchvision", *(f"torchvision.{part}" for part in ("datasets", "models", "transforms"))]
    stubs = {name: mock.MagicMock() for name in [*names, "torchvision.transforms.functional"]}
    sys.modules.update(stubs)
    yield
    for name in stubs:
        del sys.modules[name]


with contextlib.nullcontext() if _torchvision_fits() else _without_torchvision():
    from torch_fidelity import feature_extractor_inceptionv3, metric_fid, metric_isc, metric_kid, metric_prc

__all__ = ["feature_extractor_inceptionv3", "metric_fid", "metric_isc", "metric_kid", "metric_prc", "torch"]
