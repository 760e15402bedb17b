"""Many bookings at once: drafted and looked at, then done by a worker, each in a transaction of its own, none twice."""
