"""The release: metrics × policy → a protected catalogue, the public and council databases, and the open-data folder."""
