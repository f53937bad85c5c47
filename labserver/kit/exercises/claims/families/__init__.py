"""The claims, one module a family: each module here registers those that it defines."""
