"""Readers: one file or zip member to rows of text with their line numbers."""
