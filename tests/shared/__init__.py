"""Tests of what both sides stand on."""
