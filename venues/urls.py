"""What belongs to the look of a tenant's pages."""

from django.urls import path

from venues.views import brand
from venues.views.pictures import picture

urlpatterns = [
    path("pictures/<slug:digest>/<str:file>", picture, name="picture"),
    path("desk/brand/", brand.brand, name="desk-brand"),
    path("desk/brand/preview/", brand.preview, name="desk-brand-preview"),
    path("desk/brand/publish/", brand.publish, name="desk-brand-publish"),
    path("desk/brand/discard/", brand.discard, name="desk-brand-discard"),
    path("desk/brand/undo/", brand.undo, name="desk-brand-undo"),
    path("desk/brand/<slug:part>/bring/", brand.bring, name="desk-brand-bring"),
    path("desk/brand/<slug:part>/remove/", brand.remove, name="desk-brand-remove"),
]
