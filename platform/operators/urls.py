"""Pages of the platform's host."""

from django.urls import path

from operators import clock, views

urlpatterns = [
    path("", views.home, name="home"),
    path("operators/", views.tenants, name="operators"),
    path("operators/<int:tenant_id>/suspend/", views.suspend, name="operator-suspend"),
    path("operators/<int:tenant_id>/resume/", views.resume, name="operator-resume"),
    path("operators/clock/", clock.clock, name="operator-clock"),
    path("operators/clock/replay/", clock.replay, name="operator-clock-replay"),
]
