"""Venues and resources: hours, closures, parts, extras, questions."""

from django.urls import URLPattern, URLResolver, path

from desk.places import pages

urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/venues/", pages.venues, name="desk-venues"),
    path("desk/venues/<int:venue_id>/page/", pages.venue_page, name="desk-venue-page"),
    path("desk/venues/<int:venue_id>/pictures/", pages.venue_pictures, name="desk-venue-pictures"),
    path("desk/venues/<int:venue_id>/pictures/<int:shown_id>/", pages.venue_picture, name="desk-venue-picture"),
    path("desk/resources/<int:resource_id>/page/", pages.resource_page, name="desk-resource-page"),
    path("desk/resources/<int:resource_id>/pictures/", pages.resource_pictures, name="desk-resource-pictures"),
    path(
        "desk/resources/<int:resource_id>/pictures/<int:shown_id>/",
        pages.resource_picture,
        name="desk-resource-picture",
    ),
]
