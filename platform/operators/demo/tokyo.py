"""Hikari Studios, Tokyo: yen, two spans a day, a hall with a half and a quarter, days and half days."""

from decimal import Decimal

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

STUDIO = {
    "grid_minutes": 30,
    "min_minutes": 60,
    "max_minutes": 480,
    "buffer_before_minutes": 15,
    "buffer_after_minutes": 30,
    "lead_minutes": 3 * 60,
    "horizon_days": 120,
    "pays_online": True,
}
BOOTH = {"capacity": 3, "grid_minutes": 30, "min_minutes": 30, "max_minutes": 180, "horizon_days": 60}
HALL = {
    "grid_minutes": 60,
    "min_minutes": 120,
    "max_minutes": 720,
    "buffer_before_minutes": 30,
    "buffer_after_minutes": 60,
    "lead_minutes": 72 * 60,
    "horizon_days": 365,
}

SHIBUYA = VenuePlan(
    name="Hikari Studios Shibuya",
    fields={
        "description": "Photo, dance and podcast studios on three floors, five minutes from the crossing.",
        "street": "1-2-3 Jinnan",
        "postal_code": "150-0041",
        "city": "Tokyo",
        "country": "JP",
        "email": "hello@tokyo.example",
        "phone": "+81 3 5550 0100",
        "latitude": Decimal("35.663610"),
        "longitude": Decimal("139.700150"),
        "directions": "Five minutes from Shibuya Station, Hachiko exit, up the hill to the park. The studios are on"
        " the second to fourth floors; the lift is at the back.",
        "amenities": ["Lift", "Make-up room", "Kitchenette", "Wi-Fi", "Loading bay"],
        "house_rules": "Outdoor shoes stay at the entrance; slippers are there in all sizes.\n\nThe time you book"
        " includes setting up and clearing away. Please take your rubbish with you.",
    },
    hours=(weekly("mon-fri", "10:00-13:00", "14:00-22:00"), weekly("sat-sun", "09:00-22:00")),
    dated=(
        Dated(1, 1, "New Year"),
        Dated(1, 2, "New Year"),
        Dated(1, 3, "New Year"),
        Dated(5, 5, "Children's Day", (Span.of("10:00-17:00"),)),
        Dated(12, 31, "New Year's Eve", (Span.of("10:00-15:00"),)),
    ),
    resources=(
        ResourcePlan(
            "Studio A",
            Kind.STUDIO,
            "8800",
            Unit.HOUR,
            Crowd.STUDIO,
            0.7,
            rules={**STUDIO, "capacity": 15},
            description="White cyclorama, six metres wide, with a lighting grid.",
            amenities=("Cyclorama", "Lighting grid", "Make-up room", "Lift"),
        ),
        ResourcePlan(
            "Studio B",
            Kind.STUDIO,
            "6600",
            Unit.HOUR,
            Crowd.STUDIO,
            0.7,
            rules={**STUDIO, "capacity": 8},
            description="Smaller black-box studio for portraits and products.",
            amenities=("Black box", "Make-up corner"),
        ),
        ResourcePlan(
            "Daylight Loft",
            Kind.STUDIO,
            "33000",
            Unit.HALF_DAY,
            Crowd.OUTDOOR,
            0.6,
            rules={**STUDIO, "capacity": 12, "min_minutes": 180, "grid_minutes": 60},
            hours=(weekly("mon-sun", "08:00-18:00"),),
            description="North-facing skylights over a wooden floor. Priced by the half day.",
            amenities=("Daylight", "Kitchen", "Terrace"),
        ),
        ResourcePlan(
            "Dance Studio",
            Kind.STUDIO,
            "1100",
            Unit.PERSON_HOUR,
            Crowd.SPORT,
            0.6,
            rules={
                **STUDIO,
                "capacity": 10,
                "buffer_before_minutes": 0,
                "buffer_after_minutes": 10,
                "max_minutes": 180,
            },
            description="Sprung floor and mirrors; priced per person and hour.",
            amenities=("Mirrors", "Barre", "Sound system"),
        ),
        ResourcePlan(
            "Podcast Booth 1",
            Kind.ROOM,
            "1650",
            Unit.HALF_HOUR,
            Crowd.STUDIO,
            0.6,
            rules=BOOTH,
            description="Two microphones, a window to the street.",
            amenities=("Microphones", "Headphones"),
        ),
        ResourcePlan(
            "Podcast Booth 2",
            Kind.ROOM,
            "1980",
            Unit.HALF_HOUR,
            Crowd.STUDIO,
            0.5,
            rules={**BOOTH, "capacity": 4},
            description="Four microphones and three cameras.",
            amenities=("Microphones", "Cameras", "Headphones"),
        ),
    ),
)

HANAMI = VenuePlan(
    name="Hanami Hall",
    fields={
        "description": "An event hall under a tiled roof, opening to a garden with three cherry trees.",
        "street": "4-5-6 Nakameguro",
        "postal_code": "153-0061",
        "city": "Tokyo",
        "country": "JP",
        "email": "hall@tokyo.example",
        "phone": "+81 3 5550 0160",
        "notice": "The cherry trees are lit until ten in the evening in the last week of March.",
        "latitude": Decimal("35.644180"),
        "longitude": Decimal("139.699090"),
        "directions": "Along the river from Nakameguro Station, seven minutes. Deliveries come by the garden gate.",
        "amenities": ["Garden", "Catering kitchen", "Cloakroom", "Projector", "Step-free"],
        "house_rules": "Music ends at nine, voices move indoors at ten.\n\nNothing is fixed to pillars or screens.",
        "position": 1,
    },
    hours=(weekly("mon-sun", "08:00-22:00"),),
    dated=(Dated(1, 1, "New Year"), Dated(1, 2, "New Year"), Dated(1, 3, "New Year")),
    resources=(
        ResourcePlan(
            "Great Hall",
            Kind.HALL,
            "132000",
            Unit.DAY,
            Crowd.OUTDOOR,
            0.06,
            rules={**HALL, "capacity": 180, "min_minutes": 480},
            description="The whole hall with the garden, by the day.",
            amenities=("Garden", "Stage", "Catering kitchen", "Projector"),
        ),
        ResourcePlan(
            "East Half",
            Kind.HALL,
            "16500",
            Unit.HOUR,
            Crowd.OFFICE,
            0.18,
            rules={**HALL, "capacity": 90},
            part_of="great-hall",
            description="The half with the stage.",
            amenities=("Stage", "Projector"),
        ),
        ResourcePlan(
            "West Half",
            Kind.HALL,
            "14300",
            Unit.HOUR,
            Crowd.OFFICE,
            0.18,
            rules={**HALL, "capacity": 80},
            part_of="great-hall",
            description="The half that opens to the garden.",
            amenities=("Garden",),
        ),
        ResourcePlan(
            "Tea Room",
            Kind.ROOM,
            "5500",
            Unit.HOUR,
            Crowd.STUDIO,
            0.35,
            rules={**HALL, "capacity": 12, "min_minutes": 60, "buffer_before_minutes": 15, "buffer_after_minutes": 15},
            part_of="west-half",
            description="The tatami corner of the west half, closed off by sliding doors.",
            amenities=("Tatami", "Garden"),
        ),
        ResourcePlan(
            "Lighting Kits",
            Kind.EQUIPMENT,
            "3300",
            Unit.BOOKING,
            Crowd.OUTDOOR,
            0.5,
            rules={
                "units": 6,
                "grid_minutes": 60,
                "min_minutes": 120,
                "max_minutes": 720,
                "lead_minutes": 60,
                "buffer_after_minutes": 30,
                "horizon_days": 60,
            },
            description="Two LED panels, stands and a softbox in one case.",
            amenities=("Batteries",),
        ),
    ),
)

TOKYO = TenantPlan(
    slug="tokyo",
    name="Hikari Studios",
    time_zone="Asia/Tokyo",
    currency="JPY",
    brand_color="#be185d",
    staff={
        "owner": "Haruka Mori",
        "manager": "Kenji Arai",
        "front_desk": "Yui Nakagawa",
        "accountant": "Takumi Ono",
    },
    names=Names(
        logins=("Aiko Tanaka", "Ren Kobayashi", "Emma Clarke"),
        given="Sakura Haruto Yuna Sota Hina Riku Mei Daiki Rin Kaito Nanami Yuto Akari Shun Misaki Tomo",
        family=(
            "Sato Suzuki Takahashi Ito Watanabe Yamamoto Nakamura Kato Yoshida Yamada Sasaki Matsumoto Inoue "
            "Kimura Hayashi Shimizu"
        ),
        dialling="+81 90 5550 ",
    ),
    venues=(SHIBUYA, HANAMI),
    services=(
        ServicePlan("Portrait session, 2 hours", 120, ("studio-b", "studio-a"), "Whichever studio is free."),
        ServicePlan(
            "Podcast recording, 1 hour", 60, ("podcast-booth-1", "podcast-booth-2"), "Set up and ready to talk."
        ),
        ServicePlan("Tea ceremony, 1 hour", 60, ("tea-room",), "In the tatami room."),
    ),
    closures=(
        ClosurePlan("hikari-studios-shibuya", -9, Span.of("10:00-22:00"), "Lift maintenance", "studio-a"),
        ClosurePlan("hikari-studios-shibuya", 8, Span.of("09:00-13:00"), "New cyclorama paint", "studio-a"),
        ClosurePlan("hanami-hall", 16, Span.of("08:00-22:00"), "Private event of the house", "great-hall"),
    ),
)
