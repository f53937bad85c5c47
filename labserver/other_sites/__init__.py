"""Pages on other origins: an attacker's, a blog beside the shop, an app that calls the API from elsewhere.

They run in a process of their own, on a port of their own. Which site a page belongs to follows from the name
under which the browser opened it: `evil.localhost`, `blog.shop.localhost`, `app.localhost`, or the same names
below `.example` where a driven Chromium resolves these to this machine.
"""
