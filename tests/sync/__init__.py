"""Desks and server as real processes: the cable pulled, processes killed, everything there afterwards."""
