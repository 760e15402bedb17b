"""From an empty business to the first bookable court."""

from django.urls import URLPattern, URLResolver, path

from desk.setup import sampling, views

CODES = ("venue", "hours", "resources", "prices", "brand", "payment", "team", "open")

urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/setup/", views.overview, name="desk-setup"),
    *(path(f"desk/setup/{code}/", views.step, {"code": code}, name=f"setup-{code}") for code in CODES),
    path("desk/setup/ready/", views.ready, name="setup-ready"),
    path("desk/setup/samples/", sampling.samples, name="setup-samples"),
    path("desk/setup/samples/begin/", sampling.begin, name="setup-samples-begin"),
    path("desk/setup/samples/remove/", sampling.remove, name="setup-samples-remove"),
    path("desk/setup/away/", views.put_away, name="setup-away"),
]
