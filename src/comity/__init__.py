"""Comity: cross-border law-enforcement cooperation between sovereign nodes."""

__version__ = "0.1.0"
