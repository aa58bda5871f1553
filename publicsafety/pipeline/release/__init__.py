"""The release: metrics × policy → a protected catalogue, the public and council databases, and the open-data folder."""

from publicsafety.pipeline.release.run import ReleaseError, ReleaseResult, release

__all__ = ["ReleaseError", "ReleaseResult", "release"]
