"""v1 about clients: `/api/v1/`."""

from django.urls import path

from oauth import api

urlpatterns = [
    path("oauth-clients/", api.ClientsView.as_view()),
    path("oauth-clients/<int:client_pk>/", api.ClientView.as_view()),
    path("oauth-clients/<int:client_pk>/rotate-secret/", api.RotateView.as_view()),
    path("oauth-clients/<int:client_pk>/disable/", api.DisableView.as_view()),
    path("oauth-clients/<int:client_pk>/enable/", api.EnableView.as_view()),
    path("oauth-clients/<int:client_pk>/people/", api.PeopleView.as_view()),
    path("oauth-clients/<int:client_pk>/people/<int:user_id>/", api.PersonView.as_view()),
    path("me/apps/", api.AppsView.as_view()),
    path("me/apps/<int:client_pk>/", api.AppView.as_view()),
]
