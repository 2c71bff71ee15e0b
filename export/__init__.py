"""From a student checkpoint to a bundle: convert, quantize, check parity, pack.

`python -m export --help` is the way in.
"""
