"""How the business itself stands: its look, its name and clock, its words, its place in others' sites."""

from django.conf import settings
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from billing.payments.issuing import business
from bookings.models import MessageRule, MessageTemplate
from bookings.own import retention as keeping
from desk.everything import shelf
from desk.models import Archive
from desk.settings.cards import Card
from tenants import speech
from tenants.domainnames import as_read
from tenants.domains import claims_of
from tenants.models import Domain, Tenant


def brand(tenant: Tenant) -> Card:
    """Whether the look is the tenant's own."""
    look = tenant.look
    if look.logo:
        return Card("desk-brand", _("Brand"), _("Your logo, colour %(color)s") % {"color": look.color})
    return Card("desk-brand", _("Brand"), _("No logo yet, colour %(color)s") % {"color": look.color})


def of_owner(tenant: Tenant) -> list[Card]:
    """Name and clock, who sells, in which language the house writes."""
    seller = business()
    where = {"name": tenant.name, "zone": tenant.time_zone.replace("_", " "), "currency": tenant.currency}
    documents = (
        _("Documents name %(name)s") % {"name": seller.legal_name}
        if seller.legal_name
        else _("Documents do not say yet who sells")
    )
    offered = get_text_list([speech.language(code) for code, _name in settings.LANGUAGES], _("and"))
    spoken = _("Letters in %(house)s; pages in %(offered)s")
    house = speech.language(seller.language)
    return [
        Card("settings-business", _("Name and clock"), _("%(name)s, %(zone)s, %(currency)s") % where),
        Card("money-business", _("Business details"), documents, "" if seller.legal_name else "warning"),
        Card("settings-languages", _("Languages"), spoken % {"house": house, "offered": offered}),
    ]


def everything(user: User) -> Card:
    """Whether the owner's archive is there."""
    archive = shelf.own(user)
    said = _("All that there is as one file, for another system or for keeps")
    if archive is not None:
        said = _("Ready to download") if archive.state == Archive.State.READY else _("Being put together")
    return Card("settings-everything", _("Take everything with you"), said)


def retention() -> Card:
    """How long customers' data is kept."""
    rule = keeping.rule()
    times = {"account": keeping.in_words(rule.account_months), "guest": keeping.in_words(rule.guest_months)}
    said = _("Accounts %(account)s, guests %(guest)s after the last time") % times
    return Card("settings-retention", _("How long data is kept"), said)


def domains(tenant: Tenant) -> Card:
    """Where customers find the tenant, and what is the matter with a domain of theirs."""
    main = Domain.objects.filter(tenant_id=tenant.pk, is_primary=True).values_list("domain", flat=True).first()
    said = _("Reachable at %(host)s") % {"host": as_read(main or "")}
    claims = list(claims_of(tenant))
    lost = [claim for claim in claims if claim.lost_since]
    if lost:
        missing = _("%(said)s; the proof of %(domain)s is missing")
        return Card("domains", _("Domains"), missing % {"said": said, "domain": as_read(lost[0].domain)}, "warning")
    waiting = sum(claim.proven_at is None for claim in claims)
    if waiting:
        told = ngettext("%(said)s; %(count)d waits for proof", "%(said)s; %(count)d wait for proof", waiting)
        return Card("domains", _("Domains"), told % {"said": said, "count": waiting})
    return Card("domains", _("Domains"), said)


def messages_and_website(tenant: Tenant) -> list[Card]:
    """Messages and their words, and other sites that show our pages."""
    own_rules, own_words = MessageRule.objects.count(), MessageTemplate.objects.count()
    sites = len(tenant.embedding_sites)
    rules = (
        ngettext("%(count)d rule of your own", "%(count)d rules of your own", own_rules) % {"count": own_rules}
        if own_rules
        else _("Sent as we suggest")
    )
    words = (
        ngettext("%(count)d text of your own", "%(count)d texts of your own", own_words) % {"count": own_words}
        if own_words
        else _("All in our words")
    )
    shown = (
        ngettext("%(count)d site may show your pages", "%(count)d sites may show your pages", sites) % {"count": sites}
        if sites
        else _("No other site shows your pages")
    )
    return [
        Card("notice-rules", _("Rules for messages"), rules),
        Card("letters-templates", _("Templates"), words),
        Card("website", _("Website"), shown),
    ]
