"""How fast the main job runs, each figure beside its limit in the same run. Nothing here is a test of time."""
