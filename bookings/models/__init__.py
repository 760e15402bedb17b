"""Bookings and what belongs to them, one set per tenant schema."""

from bookings.models.balances import CreditEntry, GiftCredit, HoursAccount, HoursEntry, OnSitePayment, VoucherUse
from bookings.models.batches import Batch, BatchRow
from bookings.models.booking import NO_OVERLAP, Booking, Occupancy
from bookings.models.calendars import BusyTime, CalendarConflict, CalendarCopy, Connection, Feed
from bookings.models.clearing import Clearing, Displacement
from bookings.models.consents import Consent, ShownText
from bookings.models.conversation import BookingFile, BookingMessage
from bookings.models.customers import CustomerFile, Look, Merge
from bookings.models.history import BookingChange, BookingEvent
from bookings.models.hooks import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookMessage, WebhookThread
from bookings.models.imports import Import, Imported, ImportRow
from bookings.models.messages import Channel, MessageRule, MessageSettings, MessageTemplate, NoMail, Notice
from bookings.models.partners import WayBack
from bookings.models.parts import Answer, BookingExtra, BookingLine, BookingResource, Participant, StaffNote
from bookings.models.purchases import Purchase
from bookings.models.retention import RetentionNotice, RetentionRule
from bookings.models.series import Series, SeriesDate
from bookings.models.waiting import WaitlistEntry

__all__ = [
    "NO_OVERLAP",
    "Answer",
    "Batch",
    "BatchRow",
    "Booking",
    "BookingChange",
    "BookingEvent",
    "BookingExtra",
    "BookingFile",
    "BookingLine",
    "BookingMessage",
    "BookingResource",
    "BusyTime",
    "CalendarConflict",
    "CalendarCopy",
    "Channel",
    "Clearing",
    "Connection",
    "Consent",
    "CreditEntry",
    "CustomerFile",
    "Displacement",
    "Feed",
    "GiftCredit",
    "HoursAccount",
    "HoursEntry",
    "Import",
    "ImportRow",
    "Imported",
    "Look",
    "Merge",
    "MessageRule",
    "MessageSettings",
    "MessageTemplate",
    "NoMail",
    "Notice",
    "Occupancy",
    "OnSitePayment",
    "Participant",
    "Purchase",
    "RetentionNotice",
    "RetentionRule",
    "Series",
    "SeriesDate",
    "ShownText",
    "StaffNote",
    "VoucherUse",
    "WaitlistEntry",
    "WayBack",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookMessage",
    "WebhookThread",
]
