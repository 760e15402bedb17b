"""What a tenant offers, one set per tenant schema: places, times, prices, offers, and the rules on giving up."""

from venues.models.discounts import MembershipPlan, Pack, Voucher
from venues.models.offers import CustomField, ExtraOffer, Product
from venues.models.pictures import Picture, PictureFile, ShownPicture
from venues.models.places import DAY_MINUTES, DEEPEST_PART, FULL, VENUES_OWN, Resource, Venue, VenueAssignment
from venues.models.prices import CustomerGroup, Membership, Rate
from venues.models.rules import CancellationPolicy, CancellationStep, Quota
from venues.models.team import Invitation
from venues.models.times import Closure, OpeningHours

__all__ = [
    "DAY_MINUTES",
    "DEEPEST_PART",
    "FULL",
    "VENUES_OWN",
    "CancellationPolicy",
    "CancellationStep",
    "Closure",
    "CustomField",
    "CustomerGroup",
    "ExtraOffer",
    "Invitation",
    "Membership",
    "MembershipPlan",
    "OpeningHours",
    "Pack",
    "Picture",
    "PictureFile",
    "Product",
    "Quota",
    "Rate",
    "Resource",
    "ShownPicture",
    "Venue",
    "VenueAssignment",
    "Voucher",
]
