"""Pages about the look of a tenant: its pictures, its brand, its manifest."""
