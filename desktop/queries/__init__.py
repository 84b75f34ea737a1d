"""The read side: one file per question, answered with frozen rows."""
