"""What is only read: what Forecourt is, what it costs, terms, privacy, imprint. None of it sets a cookie."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.doors import open_to_all
from billing.subscriptions import choosing, standing, words
from billing.subscriptions.models import Plan
from tenants.addresses import address
from tenants.models import Tenant
from website import legal, texts
from website.models import AgreedText
from website.speaking import show, spoken

SHOP_WINDOW = "the platform's shop window"
PUBLIC = "whoever signs up has to be able to read it first"
TRIAL_DAYS = standing.TRIAL.days
GRACE_DAYS = standing.GRACE.days


@open_to_all(SHOP_WINDOW)
@require_safe
@spoken
def home(request: HttpRequest) -> HttpResponse:
    """What Forecourt is."""
    plans = choosing.offered()
    context = {"cards": cards(plans), "demo": demo(), "trial_days": TRIAL_DAYS, "host": settings.BASE_DOMAIN}
    return show(request, "platform/website/home.html", context)


@open_to_all(SHOP_WINDOW)
@require_safe
@spoken
def prices(request: HttpRequest) -> HttpResponse:
    """What it costs, from the rows of the plans, and answers to what people ask about it."""
    plans = choosing.offered()
    context = {
        "cards": cards(plans),
        "has_free": any(not plan.monthly_minor for plan in plans),
        "trial_days": TRIAL_DAYS,
        "grace_days": GRACE_DAYS,
        "has_vat": settings.STRIPE_TAX,
        "operator": legal.operator(),
    }
    return show(request, "platform/website/prices.html", context)


@open_to_all(PUBLIC)
@require_safe
@spoken
def terms(request: HttpRequest) -> HttpResponse:
    """What the platform and a business owe each other."""
    return _legal(request, "terms")


@open_to_all(PUBLIC)
@require_safe
@spoken
def privacy(request: HttpRequest) -> HttpResponse:
    """Which data, where, how long, who else sees them, and what people can ask for."""
    return _legal(request, "privacy")


@open_to_all(PUBLIC)
@require_safe
@spoken
def processing(request: HttpRequest) -> HttpResponse:
    """How data of tenants' customers are processed on their behalf (GDPR art. 28)."""
    return _legal(request, "processing")


@open_to_all(PUBLIC)
@require_safe
@spoken
def subprocessors(request: HttpRequest) -> HttpResponse:
    """Who works on data for the platform."""
    return _legal(request, "subprocessors")


@open_to_all("it was shown to the public once, and is found by the digest of its words")
@require_safe
@spoken
def kept_text(request: HttpRequest, digest: str) -> HttpResponse:
    """A text that somebody has agreed to, as it was then."""
    kept = get_object_or_404(AgreedText, digest=digest)
    return show(request, "platform/website/text.html", {"kept": kept, "label": texts.label(kept.name)})


@open_to_all(PUBLIC)
@require_safe
@spoken
def imprint(request: HttpRequest) -> HttpResponse:
    """Who runs this; 404 until the settings say so, for half an imprint is none."""
    if not legal.operator().is_complete:
        raise Http404
    return _legal(request, "imprint")


def cards(plans: list[Plan]) -> list[words.Card]:
    """The plans as people compare them."""
    return words.cards(plans, None, [])


def demo() -> str:
    """Where the live demo is; empty without one, or while it is closed."""
    if not settings.DEMO_TENANT:
        return ""
    tenant = Tenant.objects.filter(slug=settings.DEMO_TENANT, state=Tenant.State.READY).first()
    return address(tenant, reverse("home", urlconf=settings.ROOT_URLCONF)) if tenant else ""


def _legal(request: HttpRequest, name: str) -> HttpResponse:
    return show(request, f"platform/website/{name}.html", texts.context())
