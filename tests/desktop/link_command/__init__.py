"""Tests of the command that has the system open links."""
