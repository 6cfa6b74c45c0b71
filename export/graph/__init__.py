"""Between tf2onnx and the file: an ONNX graph is made smaller, passes that each keep what it computes."""

__all__: list[str] = []
