"""A page that runs an exported network in the browser: `kgan explore`."""

from .folder import write
from .runtime import RuntimeMissingError
from .server import serve

__all__ = ["RuntimeMissingError", "serve", "write"]
