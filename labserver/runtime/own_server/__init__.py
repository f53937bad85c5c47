"""Run a server file of a learner's own: `python -m labserver.runtime.own_server`.

Standard input begins with a line of JSON: `name`, `path` and `source` of the file, the `port` (0 for any free
one), `patience`, the seconds that loading it may take, and `home`, where the process makes its own folder.
The file has to define `create_app(passwords)`: it is given `{user name: password}` and returns a Flask app.
Nothing else is asked of it. The process has a folder of its own, limits of memory and time, and ends when its
standard input closes; processes that the file has started end with it, but not on Windows.
The limits are for accidents, such as an endless loop. They do not hold back somebody who wants to do harm: to
grade files of people you do not trust, start this in a container.
"""
