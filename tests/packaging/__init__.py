"""Tests of what a developer runs on a bare machine."""
