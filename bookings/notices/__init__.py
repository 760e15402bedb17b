"""Which message goes when: what is told about an event, reminders, short messages, the daily summary, and the log."""
