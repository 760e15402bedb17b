"""How the operators' panel looks and what its navigation has; `operators.panel` has its pages."""

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

__all__ = ["UNFOLD"]


def _item(title: str | Promise, icon: str, name: str) -> dict[str, object]:
    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{name}")}


UNFOLD = {
    "SITE_TITLE": "Forecourt",
    "SITE_HEADER": "Forecourt",
    "SITE_SUBHEADER": _("The platform"),
    "SITE_URL": "/",
    "SITE_SYMBOL": "stadium",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("icon.svg")}],
    "DASHBOARD_CALLBACK": "operators.panel.dashboard.context",
    "SHOW_LANGUAGES": True,
    "LANGUAGES": {"action": reverse_lazy("language")},
    "ACCOUNT": {"navigation": [{"title": _("Your account"), "link": reverse_lazy("account")}]},
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SCRIPTS": [lambda _request: static("operators.js")],
    "STYLES": [lambda _request: static("operators.css")],
    "COLORS": {
        "primary": {
            "50": "#f0fdfa",
            "100": "#ccfbf1",
            "200": "#99f6e4",
            "300": "#5eead4",
            "400": "#2dd4bf",
            "500": "#14b8a6",
            "600": "#0f766e",
            "700": "#115e59",
            "800": "#134e4a",
            "900": "#134e4a",
            "950": "#042f2e",
        },
    },
    "SIDEBAR": {
        "show_search": False,
        "command_search": True,
        "navigation": [
            {
                "items": [
                    _item(_("Overview"), "dashboard", "index"),
                    _item(_("Tenants"), "storefront", "tenants_tenant_changelist"),
                    _item(_("Sign-ups"), "person_add", "website_signup_changelist"),
                    _item(_("Announcements"), "campaign", "tenants_announcement_changelist"),
                    _item(_("Reports of abuse"), "flag", "tenants_abusereport_changelist"),
                ],
            },
            {
                "title": _("Money"),
                "items": [
                    _item(_("Figures"), "monitoring", "figures"),
                    _item(_("Subscriptions"), "card_membership", "subscriptions_subscription_changelist"),
                ],
            },
            {
                "title": _("Work"),
                "items": [
                    _item(_("Clock"), "schedule", "clock"),
                    _item(_("Switches"), "toggle_on", "switches"),
                    _item(_("Stripe events"), "inbox", "tenants_inboxevent_changelist"),
                    _item(_("Outbox"), "outbox", "tenants_outboxmessage_changelist"),
                    _item(_("Due work"), "pending_actions", "tenants_duework_changelist"),
                    _item(_("Reconciliation"), "balance", "reconciliation"),
                    _item(_("Migrations"), "upgrade", "migrations"),
                ],
            },
            {
                "title": _("People"),
                "items": [
                    _item(_("Operators"), "badge", "operators_operator_changelist"),
                    _item(_("Record"), "history", "operators_operatoract_changelist"),
                ],
            },
        ],
    },
}
