"""Millrace's runner: reads a mixed-corpus manifest and trains Llama-3 on it, token for token."""

__version__ = "0.1.0"
