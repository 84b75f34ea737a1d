"""What happens after a commit; each may run twice."""
