"""Expected values worked out from the rules, and what runs them through the real rules."""
