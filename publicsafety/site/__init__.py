"""The static edition: the public pages of a release as plain HTML files, for any web host and for readers without JavaScript.

Each page shows the findings that `findings.contents` lists, with the words, pictures and tables of the other editions.
Nothing here counts, protects or words a figure; the source is a released database and nothing else.
"""

from publicsafety.site.files import SiteError, write

__all__ = ["SiteError", "write"]
