"""Real desks, servers and databases as processes of their own, and everything that may happen to them.

The schedule of a seed is the same each time; what the processes make of it is not. A full disk is a limit on the size
of files (EFBIG) and a preloaded library's ENOSPC: a small file system could be mounted by root alone.
"""
