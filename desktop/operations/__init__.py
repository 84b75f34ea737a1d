"""The write side: what a person can do to the book, one file per noun."""
