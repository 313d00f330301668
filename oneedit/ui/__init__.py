"""Pages. They call the service only, and what people write becomes text nodes, never markup."""
