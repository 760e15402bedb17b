"""What staff bring along as a file: customers, resources, closures, bookings, and the season of a calendar."""
