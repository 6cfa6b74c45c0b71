"""A server that draws samples of a bundle, or applies it to pictures, films or waves; `kgan serve` starts it.

It needs the extra `serve`, and neither TensorFlow nor anything else of kgan but `kgan.export`'s programs for bundles.
"""

import importlib.util

if any(importlib.util.find_spec(one) is None for one in ("fastapi", "uvicorn", "prometheus_client")):
    raise ImportError(
        "Expected fastapi, uvicorn and prometheus-client, which the server is made with. Received: not all of them. "
        "Install them: pip install 'kgan[serve]'."
    )

from .application import Application
from .limits import Limits
from .loading import Loaded, load
from .running import Server, run

__all__ = ["Application", "Limits", "Loaded", "Server", "load", "run"]
