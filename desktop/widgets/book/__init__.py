"""The parts of the painted day book: geometry, painting, gestures, keys and what a screen reader is told."""
