"""The contenders of `train.py`, each a program of its own."""
