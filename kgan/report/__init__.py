"""Reports to read in a browser, each a file by itself."""

from kgan.report.comparing import compare
from kgan.report.run_page import write

__all__ = ["compare", "write"]
