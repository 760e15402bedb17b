"""The dialect `partner`, at `/api/partner/v1/`: for marketplaces, kiosks and other platforms that book by themselves.

Names are spelt in camelCase, times end in `Z`, things have UUIDs, and what cannot be had is 409. Apps sign in with
OAuth 2 alone and see what they have made themselves.
"""
