"""Who works here, with which rights, and what they did."""

from django.urls import URLPattern, URLResolver, path

from desk.team import forecourt, people, person, record, rule

urlpatterns: list[URLPattern | URLResolver] = [
    path("desk/team/", people.team, name="team"),
    path("desk/team/invite/", people.invite, name="team-invite"),
    path("desk/team/invitations/<int:invitation_id>/resend/", people.resend, name="team-resend"),
    path("desk/team/invitations/<int:invitation_id>/withdraw/", people.withdraw, name="team-withdraw"),
    path("desk/team/two-factor/", rule.rule, name="team-two-factor"),
    path("desk/team/record/", record.record, name="team-record"),
    path("desk/team/forecourt/", forecourt.forecourt, name="team-forecourt"),
    path("desk/team/forecourt/<int:look_in_id>/end/", forecourt.end, name="team-forecourt-end"),
    path("desk/team/<int:member_id>/", person.person, name="team-person"),
    path("desk/team/<int:member_id>/sign-out/", person.sign_out, name="team-sign-out"),
    path("desk/team/<int:member_id>/switch-off/", person.deactivate, name="team-deactivate"),
    path("desk/team/<int:member_id>/switch-on/", person.reactivate, name="team-reactivate"),
    path("desk/team/<int:member_id>/remove/", person.remove, name="team-remove"),
    path("desk/team/<int:member_id>/hand-over/", person.hand_over, name="team-hand-over"),
    path("desk/team/<int:member_id>/reset/", person.reset, name="team-reset"),
]
