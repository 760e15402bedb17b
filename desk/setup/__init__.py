"""From an empty business to the first bookable court."""
