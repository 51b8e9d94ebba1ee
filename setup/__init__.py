"""Sets this checkout up on a machine: system packages, Python environment, packages and front-end files.

Run as ``python3 -m setup TARGET`` from the checkout's root (``make`` does it); nothing beyond Python's own library
is needed, and nothing is asked. Each step is skipped while what it was made from is unchanged. What may not be
installed here (no root, no ``sudo -n``) is named in one line, and the run stops. Not handled here: running anything
that was set up.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (an older Python reads this far and is told)
    sys.exit(
        "Comity needs Python 3.11 or newer; this is {}.{}. Install one and name it: make demo PYTHON=python3.11".format(
            *sys.version_info[:2]
        )
    )
