"""Figures for whoever runs the place: how full it is, what was booked and earned, what fell through, who comes."""
