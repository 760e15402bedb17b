"""The day at the desk: who comes, who has not paid, what is free, and checking in."""
