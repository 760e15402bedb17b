"""Figures and charts, and mailing them."""

from django.urls import path

from desk.reports import subscribing, views

urlpatterns = [
    path("desk/reports/", views.overview, name="reports"),
    path("desk/reports/utilisation/", views.full, name="reports-utilisation"),
    path("desk/reports/revenue/", views.revenue, name="reports-revenue"),
    path("desk/reports/bookings/", views.visits, name="reports-bookings"),
    path("desk/reports/customers/", views.customers, name="reports-customers"),
    path("desk/reports/mailed/", subscribing.mailed, name=subscribing.PAGE),
    path("desk/reports/mailed/<int:mailing_id>/stop/", subscribing.stop, name="reports-mailed-stop"),
]
