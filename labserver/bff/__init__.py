"""The backend for frontend: a client of the API that holds the tokens for a browser."""
