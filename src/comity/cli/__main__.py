"""``python -m comity.cli``: the command ``comity`` without its script."""

from comity.cli.app import main

main()
