"""The sync server: takes what the desks did, decides, and tells the others."""
