"""v1 about people's own tokens: `/api/v1/`."""

from django.urls import path

from accounts import api

urlpatterns = [
    path("me/tokens/", api.TokensView.as_view()),
    path("me/tokens/<int:token_id>/", api.TokenView.as_view()),
    path("admin/tokens/", api.StaffTokensView.as_view()),
    path("admin/tokens/<int:token_id>/", api.StaffTokenView.as_view()),
]
