"""Fetching: which feeds are due, polite and bounded requests for them, and when to ask again."""
