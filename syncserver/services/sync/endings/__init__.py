"""What time alone decides in the book of a business: which edits of the server's own are due by an instant."""
