"""The same page as others would write it, to compare with."""
