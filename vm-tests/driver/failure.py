"""What can go wrong, other than a test."""


class CannotRun(Exception):
    """Something a scenario needs is not there; the text says what to do."""
