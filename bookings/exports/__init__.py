"""What staff take away as a file: bookings, money and customers, streamed as CSV or JSON Lines (docs/imports.md)."""
