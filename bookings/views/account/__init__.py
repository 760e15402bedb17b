"""Pages of an account: getting in, what it is like, and one's data."""
