"""What of the operators' is at a tenant's host: the beginning and the end of a look-in."""

from django.urls import path

from operators import demo_desk, look_in_pages

urlpatterns = [
    path("look-in/end/", look_in_pages.end, name="look-in-end"),
    path("look-in/demo/", demo_desk.enter, name="look-in-demo"),
    path("look-in/<str:token>/", look_in_pages.enter, name="look-in-enter"),
]
