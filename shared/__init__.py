"""What desk and server have in common: the model, the rules, the mutations and the messages between them."""
