"""One frozen dataclass for each entity, and the registry that lists them."""
