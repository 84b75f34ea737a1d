"""Threads and timers: nothing else on the desk starts one."""
