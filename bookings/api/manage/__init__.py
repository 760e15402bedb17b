"""v1 for the people who say what is offered, at what price and under which rules: `/api/v1/admin/`."""
