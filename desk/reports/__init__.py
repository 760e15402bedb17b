"""Figures and charts, and mailing them."""
