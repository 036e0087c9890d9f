"""Measurements of whole servers, side by side.

Usage: python3 bench/run.py NAME; this folder is the package behind it.
See: README.md
"""
