"""Settings and how the business is connected to others."""
