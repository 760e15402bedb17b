"""Who works here, with which rights, and what they did."""
