"""Threads and timers: the store thread, the network pool, results on the main thread."""
