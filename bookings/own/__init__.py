"""What people do about their own account and data: getting in, changing it, taking it along, having it erased."""
