"""The desktop application: the book on this computer, with or without a network."""
