"""What messages say: their kinds, the house's words and the owner's own, and how they look."""
