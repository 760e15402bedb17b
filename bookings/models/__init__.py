"""Bookings and what belongs to them, one set per tenant schema."""

from bookings.models.balances import CreditEntry, GiftCredit, HoursAccount, HoursEntry, OnSitePayment, VoucherUse
from bookings.models.booking import NO_OVERLAP, Booking, Occupancy
from bookings.models.history import BookingChange, BookingEvent
from bookings.models.parts import Answer, BookingExtra, BookingLine, BookingResource, Participant, StaffNote
from bookings.models.series import Series, SeriesDate
from bookings.models.waiting import WaitlistEntry

__all__ = [
    "NO_OVERLAP",
    "Answer",
    "Booking",
    "BookingChange",
    "BookingEvent",
    "BookingExtra",
    "BookingLine",
    "BookingResource",
    "CreditEntry",
    "GiftCredit",
    "HoursAccount",
    "HoursEntry",
    "Occupancy",
    "OnSitePayment",
    "Participant",
    "Series",
    "SeriesDate",
    "StaffNote",
    "VoucherUse",
    "WaitlistEntry",
]
