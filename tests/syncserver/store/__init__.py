"""Tests of what is kept, against real databases."""
