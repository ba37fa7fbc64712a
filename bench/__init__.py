"""Load and latency of the real processes, over real sockets, on loopback only.

How to run each part and what its figures mean: ``docs/reference/benchmarks.md``.
"""
