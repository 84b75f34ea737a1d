"""Tests of the presenters over a real desk."""
