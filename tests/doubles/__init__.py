"""Doubles over HTTP of those who cannot be reached from here, with the shapes that their documentation shows."""
