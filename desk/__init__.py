"""What the team works with: pages of the day, the calendar, bookings, customers, offers, money, people and settings."""
