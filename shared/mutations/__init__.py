"""Every named change of the book: one definition each, run alike by desk and server."""
