"""Bugs on purpose, each a plugin of pytest (`-p tests.support.plants.NAME`): with any of them the suite must be red."""
