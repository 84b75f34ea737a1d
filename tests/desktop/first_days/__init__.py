"""Tests of what is read while the first book is on its way."""
