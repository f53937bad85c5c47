#!/usr/bin/env python3
"""Opens the lab (`python3 run.py`), tests it (`python3 run.py test`): see `python3 run.py --help`.

This file keeps to what every Python can read, 2.7 included, so that an old one gets as far as the sentence
below. The work is done in the folder `launcher`, by the standard library alone.
"""

import os
import sys

if sys.version_info < (3, 11):
    sys.stderr.write(
        "The lab needs Python 3.11 or newer and this is Python %d.%d: install a newer one from python.org, "
        "or start run.py with one you have, for example: python3.12 run.py\n" % sys.version_info[:2]
    )
    sys.exit(1)

if __name__ == "__main__":
    # Python has done this already, unless an option forbids it (`-P`, `-I`, PYTHONSAFEPATH).
    sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
    from launcher.cli import start

    sys.exit(start())
