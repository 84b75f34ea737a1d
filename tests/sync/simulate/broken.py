"""What the run says of a promise that does not hold."""


class Broken(AssertionError):
    """A promise does not hold."""
