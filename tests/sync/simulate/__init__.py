"""The simulation: desks and servers made of the real code, one thread at a time, whose order and time a seed decides.

Real replicas on disk, a real PostgreSQL, the real engine with its loops; the scheduler owns time, whose turn it is, the
network between them, and when something dies. `python -m tests.sync.simulate --start K --seeds N` runs N seeds; a seed
that fails runs alike again.
"""
