"""The operators' panel: django-unfold at `/operators/` of the platform's host. `site` is the door, others pages."""
