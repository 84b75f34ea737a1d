"""The messages between desk and server, their versions, and the codec that checks them."""
