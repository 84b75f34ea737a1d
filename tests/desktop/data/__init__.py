"""Tests of exporting and erasing at a desk."""
