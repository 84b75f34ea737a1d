"""What screens ask of the replica."""
