"""The write side: one file per noun of named operations."""
