"""Pages of the platform's host."""

from django.urls import include, path

from bookings.views.account.urls import everywhere
from operators import account, demo_desk, look_in_pages
from operators.panel import pages

urlpatterns = [
    path("demo/desk/", demo_desk.leave, name="demo-desk"),
    path("account/", account.account, name="account"),
    *everywhere,
    path("operators/look-in/<int:tenant_id>/", look_in_pages.look_in, name="operator-look-in"),
    path("operators/look-in/<int:look_in_id>/end/", look_in_pages.stop, name="operator-look-in-end"),
    path("operators/", include((pages.urls(), "admin"))),
]
