"""Tests of people's own account at a desk."""
