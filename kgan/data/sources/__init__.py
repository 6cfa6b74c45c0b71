"""Where samples come from."""

__all__ = []
