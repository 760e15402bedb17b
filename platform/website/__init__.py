"""The platform's public site: what Forecourt is and costs, sign-up, terms. [public]"""
