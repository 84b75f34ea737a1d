"""What several tests share: stores, servers, desks and hands that drive them."""
