"""Sports Center Munich: euros, courts, a hall in thirds, a pool of rackets."""

from decimal import Decimal

from operators.demo.boathouse import BOATHOUSE
from operators.demo.demand import Crowd
from operators.demo.plans import (
    ClosurePlan,
    Dated,
    Names,
    ResourcePlan,
    ServicePlan,
    Span,
    TenantPlan,
    VenuePlan,
    weekly,
)
from venues.models import Rate, Resource

Kind, Unit = Resource.Kind, Rate.Unit

COURT = {
    "capacity": 4,
    "grid_minutes": 30,
    "min_minutes": 60,
    "max_minutes": 120,
    "horizon_days": 365,
    "pays_online": True,
    "pays_on_site": True,
}
SQUASH = {
    "capacity": 2,
    "grid_minutes": 30,
    "min_minutes": 30,
    "max_minutes": 90,
    "lead_minutes": 30,
    "horizon_days": 60,
    "pays_online": True,
}
HALL = {
    "grid_minutes": 60,
    "min_minutes": 60,
    "max_minutes": 240,
    "buffer_after_minutes": 15,
    "lead_minutes": 24 * 60,
    "horizon_days": 180,
}
THIRD = "A third of the sports hall behind a dividing curtain, with its own entrance and scoreboard."

SPORTS_CENTER = VenuePlan(
    name="Sports Center Munich",
    fields={
        "description": "Tennis, squash and a three-part sports hall, ten minutes from the main station. Showers,"
        " lockers and the café are open whenever a court is.",
        "street": "Sportstrasse 1",
        "postal_code": "80000",
        "city": "Munich",
        "country": "DE",
        "email": "hello@munich.example",
        "phone": "+49 89 5550100",
        "latitude": Decimal("48.139690"),
        "longitude": Decimal("11.548620"),
        "directions": "Tram 16 and 17 stop at the door (Sportstrasse). Coming by car, use the garage in"
        " Hallengasse: the first two hours are free for guests.\n\nThe entrance is beside the café; a ramp leads to"
        " it from the left.",
        "amenities": ["Showers", "Lockers", "Café", "Parking", "Wheelchair access", "Racket hire", "Wi-Fi"],
        "house_rules": "Please come in shoes with light soles, and brush clay courts after your game.\n\nYour time"
        " begins and ends with the clock on the wall. Drinks in bottles are fine on court, food is not.\n\nChildren"
        " under twelve play with somebody grown up.",
    },
    hours=(weekly("mon-sun", "07:00-23:00"),),
    dated=(
        Dated(12, 24, "Christmas Eve", (Span.of("08:00-14:00"),)),
        Dated(12, 31, "New Year's Eve", (Span.of("08:00-16:00"),)),
    ),
    resources=(
        ResourcePlan(
            "Court 1",
            Kind.COURT,
            "25.00",
            Unit.HOUR,
            Crowd.SPORT,
            0.45,
            rules=COURT,
            kept_free=Span.of("10:00-11:00"),
            description="Hard court under the big roof. The one that beginners and old hands like best.",
            amenities=("Floodlight", "Indoor", "Hard court", "Seats for watching"),
        ),
        ResourcePlan(
            "Court 2",
            Kind.COURT,
            "25.00",
            Unit.HOUR,
            Crowd.SPORT,
            0.8,
            rules=COURT,
            description="Hard court under the big roof, beside the café windows.",
            amenities=("Floodlight", "Indoor", "Hard court"),
        ),
        ResourcePlan(
            "Court 3",
            Kind.COURT,
            "28.00",
            Unit.HOUR,
            Crowd.SPORT,
            0.9,
            rules={**COURT, "buffer_after_minutes": 10},
            description="Indoor clay. The ten minutes after each game are for brushing the lines.",
            amenities=("Floodlight", "Indoor", "Clay"),
        ),
        ResourcePlan(
            "Court 4",
            Kind.COURT,
            "22.00",
            Unit.HOUR,
            Crowd.OUTDOOR,
            0.7,
            rules={**COURT, "horizon_days": 90},
            hours=(weekly("mon-fri", "08:00-12:00", "15:00-21:00"), weekly("sat-sun", "08:00-20:00")),
            description="Outdoor clay between old chestnut trees; closed at midday for watering on working days.",
            amenities=("Outdoor", "Clay"),
        ),
        ResourcePlan(
            "Squash 1",
            Kind.COURT,
            "7.50",
            Unit.HALF_HOUR,
            Crowd.SPORT,
            0.75,
            rules=SQUASH,
            description="Glass-backed squash court.",
            amenities=("Indoor", "Glass back wall"),
        ),
        ResourcePlan(
            "Squash 2",
            Kind.COURT,
            "6.50",
            Unit.HALF_HOUR,
            Crowd.SPORT,
            0.6,
            rules=SQUASH,
            description="Squash court with four solid walls, and a little cheaper for it.",
            amenities=("Indoor",),
        ),
        ResourcePlan(
            "Sports Hall",
            Kind.HALL,
            "120.00",
            Unit.HOUR,
            Crowd.SPORT,
            0.12,
            rules={**HALL, "capacity": 199},
            description="The whole hall, 45 by 27 metres, for tournaments and club evenings. Booking it takes all"
            " three parts.",
            amenities=("Indoor", "Scoreboard", "Stand for 199", "Changing rooms", "Wheelchair access"),
        ),
        ResourcePlan(
            "Hall North",
            Kind.HALL,
            "45.00",
            Unit.HOUR,
            Crowd.SPORT,
            0.55,
            rules={**HALL, "capacity": 40},
            part_of="sports-hall",
            description=THIRD,
            amenities=("Indoor", "Basketball", "Volleyball"),
        ),
        ResourcePlan(
            "Hall Middle",
            Kind.HALL,
            "45.00",
            Unit.HOUR,
            Crowd.SPORT,
            0.5,
            rules={**HALL, "capacity": 40},
            part_of="sports-hall",
            description=THIRD,
            amenities=("Indoor", "Badminton", "Volleyball"),
        ),
        ResourcePlan(
            "Hall South",
            Kind.HALL,
            "45.00",
            Unit.HOUR,
            Crowd.SPORT,
            0.5,
            rules={**HALL, "capacity": 40},
            part_of="sports-hall",
            description=THIRD,
            amenities=("Indoor", "Badminton", "Gymnastics mats"),
        ),
        ResourcePlan(
            "Rackets",
            Kind.EQUIPMENT,
            "5.00",
            Unit.BOOKING,
            Crowd.SPORT,
            0.3,
            rules={"units": 12, "grid_minutes": 30, "min_minutes": 60, "max_minutes": 120, "horizon_days": 60},
            description="Tennis and squash rackets, freshly strung; one price, however long you play.",
            amenities=("Junior sizes",),
        ),
        ResourcePlan(
            "Course Room",
            Kind.ROOM,
            "9.00",
            Unit.PERSON,
            Crowd.SPORT,
            0.5,
            rules={
                "capacity": 20,
                "grid_minutes": 30,
                "min_minutes": 60,
                "max_minutes": 90,
                "buffer_before_minutes": 10,
                "buffer_after_minutes": 10,
                "horizon_days": 120,
                "pays_online": True,
            },
            description="Sprung floor and a wall of mirrors, for yoga, pilates and dance. Priced per head.",
            amenities=("Mirrors", "Mats", "Sound system"),
        ),
        ResourcePlan(
            "Club Room Isar",
            Kind.ROOM,
            "60.00",
            Unit.HALF_DAY,
            Crowd.OFFICE,
            0.4,
            rules={
                "capacity": 16,
                "grid_minutes": 60,
                "min_minutes": 120,
                "max_minutes": 600,
                "buffer_after_minutes": 30,
                "lead_minutes": 12 * 60,
                "horizon_days": 365,
            },
            hours=(weekly("mon-fri", "08:00-22:00"), weekly("sat", "09:00-18:00")),
            description="A quiet room above the entrance for meetings, trainings and birthdays.",
            amenities=("Projector", "Whiteboard", "Kitchen", "Wi-Fi"),
        ),
    ),
)

MUNICH = TenantPlan(
    slug="munich",
    name="Sports Center Munich",
    time_zone="Europe/Berlin",
    currency="EUR",
    brand_color="#0f766e",
    staff={
        "owner": "Katharina Brandl",
        "manager": "Florian Aigner",
        "front_desk": "Leyla Demir",
        "accountant": "Ulrich Sailer",
    },
    names=Names(
        logins=("Anna Huber", "Jonas Weber", "Mina Yılmaz", "Peter Lindner"),
        given=(
            "Lena Felix Sophie Maximilian Emilia Paul Clara Ben Amira Lukas Johanna Elias Nora Moritz Ida "
            "Anton Selin Jakob Greta Matteo"
        ),
        family=(
            "Bauer Fischer Wagner Schmid Hofmann Keller Vogel Maier Kaya Winkler Seidl Roth Graf Novak Lang "
            "Beck Haas Kraus"
        ),
        dialling="+49 176 5550",
    ),
    venues=(SPORTS_CENTER, BOATHOUSE),
    services=(
        ServicePlan("Tennis, 60 minutes", 60, ("court-1", "court-2", "court-3", "court-4"), "Any court, one hour."),
        ServicePlan("Tennis, 90 minutes", 90, ("court-1", "court-2", "court-3", "court-4"), "Enough for three sets."),
        ServicePlan("Squash, 60 minutes", 60, ("squash-1", "squash-2"), "An hour on either court."),
        ServicePlan(
            "Club evening, 2 hours", 120, ("hall-north", "hall-middle", "hall-south"), "One third of the hall."
        ),
        ServicePlan("Guided canoe tour", 180, ("canoe-with-guide",), "Down the Isar and back by van."),
    ),
    closures=(
        ClosurePlan("sports-center-munich", -18, Span.of("07:00-12:00"), "Line painting", "court-2"),
        ClosurePlan("sports-center-munich", 6, Span.of("13:00-17:00"), "Roof inspection", "court-3"),
        ClosurePlan("sports-center-munich", 13, Span.of("07:00-23:00"), "Regional youth tournament", "sports-hall"),
        ClosurePlan("boathouse-isar", 20, Span.of("09:00-20:00"), "High water expected"),
    ),
    business={
        "legal_name": "Sports Center Munich GmbH",
        "address": "Sportstrasse 1\n80000 München",
        "vat_id": "DE111111111",
        "language": "de",
    },
)
