"""The backend for frontend: a client of the API that holds the tokens for a browser.

They are in the row of the browser's session, encrypted (sealing.py); tokens.py renews them.
"""
