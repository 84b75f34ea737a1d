"""What is allowed and what follows from it: pure functions over the rows they are given."""
