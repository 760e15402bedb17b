"""What belongs to the look of a tenant's pages."""

from django.urls import path

from venues.views.pictures import picture

urlpatterns = [
    path("pictures/<slug:digest>/<str:file>", picture, name="picture"),
]
