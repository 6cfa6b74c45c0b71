"""Tables: rows of mixed columns, read off files and frames, and written in numbers."""

from kgan.data.tables.columns import Column, Table
from kgan.data.tables.loading import load_table
from kgan.data.tables.reading import is_table

__all__ = ["Column", "Table", "is_table", "load_table"]
