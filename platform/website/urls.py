"""The public pages of the platform's host."""

from django.urls import path

from website import crawlers, pages, status, views

urlpatterns = [
    path("", pages.home, name="home"),
    path("prices/", pages.prices, name="prices"),
    path("terms/", pages.terms, name="terms"),
    path("privacy/", pages.privacy, name="privacy"),
    path("processing/", pages.processing, name="processing"),
    path("subprocessors/", pages.subprocessors, name="subprocessors"),
    path("texts/<slug:digest>/", pages.kept_text, name="kept-text"),
    path("imprint/", pages.imprint, name="imprint"),
    path("status/", status.status, name="status"),
    path("status.json", status.status_json, name="status-json"),
    path("sign-up/", views.sign_up, name="sign-up"),
    path("sign-up/address/", views.address_check, name="sign-up-address"),
    path("sign-up/sent/<uuid:sign_up_id>/", views.sent, name="sign-up-sent"),
    path("sign-up/link/<str:token>/", views.link, name="sign-up-link"),
    path("robots.txt", crawlers.robots, name="robots"),
    path("sitemap.xml", crawlers.sitemap, name="sitemap"),
]
