"""The Munich tenant's second venue: kayaks and a canoe, closed on public holidays."""

from decimal import Decimal

from operators.demo.demand import Crowd
from operators.demo.plans import Dated, ResourcePlan, Span, VenuePlan, weekly
from venues.models import Rate, Resource

Kind, Unit = Resource.Kind, Rate.Unit

BOATHOUSE = VenuePlan(
    name="Boathouse Isar",
    fields={
        "description": "Kayaks and a guided canoe, from the jetty below the bridge.",
        "street": "Uferweg 12",
        "postal_code": "80000",
        "city": "Munich",
        "country": "DE",
        "email": "boats@munich.example",
        "phone": "+49 89 5550112",
        "notice": "Between November and March you go on the water in a dry suit; we lend you one.",
        "latitude": Decimal("48.116320"),
        "longitude": Decimal("11.560140"),
        "directions": "Down the steps at the south end of the bridge. There is no parking at the jetty.",
        "amenities": ["Changing hut", "Life vests", "Dry bags", "Drinking water"],
        "house_rules": "Everybody wears a vest on the water. Who cannot swim stays ashore.\n\nIn a storm or at high"
        " water we call the trip off, and you get your money back.",
        "position": 1,
    },
    hours=(weekly("mon-fri", "10:00-19:00"), weekly("sat-sun", "09:00-20:00")),
    dated=(
        Dated(1, 1, "New Year's Day"),
        Dated(5, 1, "Labour Day", (Span.of("11:00-17:00"),)),
        Dated(10, 3, "Day of German Unity"),
        Dated(12, 24, "Christmas Eve"),
        Dated(12, 25, "Christmas Day"),
        Dated(12, 26, "Second day of Christmas"),
    ),
    resources=(
        ResourcePlan(
            "Kayaks",
            Kind.EQUIPMENT,
            "8.00",
            Unit.PERSON_HOUR,
            Crowd.OUTDOOR,
            0.5,
            rules={
                "units": 10,
                "capacity": 2,
                "grid_minutes": 30,
                "min_minutes": 60,
                "max_minutes": 240,
                "buffer_after_minutes": 15,
                "lead_minutes": 60,
                "horizon_days": 90,
                "pays_online": True,
            },
            description="Touring kayaks for one or two, with paddles and vests in every size.",
            amenities=("Life vests", "Dry bags", "Changing hut"),
        ),
        ResourcePlan(
            "Canoe with Guide",
            Kind.OTHER,
            "89.00",
            Unit.BOOKING,
            Crowd.OUTDOOR,
            0.35,
            rules={
                "capacity": 8,
                "grid_minutes": 60,
                "min_minutes": 180,
                "max_minutes": 180,
                "buffer_before_minutes": 15,
                "buffer_after_minutes": 30,
                "lead_minutes": 48 * 60,
                "horizon_days": 120,
                "pays_online": True,
                "pays_on_site": False,
            },
            description="Three hours on the river with somebody who knows it.",
            amenities=("Guide", "Life vests", "Picnic on request"),
        ),
    ),
)
