"""What the gallery of the window has pictures of, by subject: each module names its scenes."""
