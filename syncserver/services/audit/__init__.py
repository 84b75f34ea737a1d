"""The audit trail: recorded, mirrored, and checked that nothing in it was changed."""
