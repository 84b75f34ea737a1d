"""What both sides have agreed on, held to what each side does."""
