"""Load by Locust: who visits (`visitor`), what is counted (`tally`), the process that runs it (`engine`).

Locust puts gevent's sockets and threads in place of Python's in the whole process, so all of this runs in
processes of its own. Nothing else of the lab imports it, and it imports nothing else of the lab.
"""
