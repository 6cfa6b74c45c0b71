"""What runs a bundle with NumPy, Pillow and onnxruntime alone: the text of these files goes into the programs in it.

They import each other and nothing of kgan, so that the command line runs them without TensorFlow as well.
"""

__all__ = []
