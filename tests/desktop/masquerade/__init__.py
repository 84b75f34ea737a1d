"""Acting as somebody else at a desk."""
