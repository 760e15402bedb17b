"""The only code that talks to Stripe. Amounts go in and come out in our minor units; errors come out as ours."""
