"""Other products that sync, measured in one run with ours: installed apart from it, never a part of it."""
