"""Offline: exports in, database files out. The app never imports this package."""
