"""The release: metrics × policy → a protected catalogue, the public and council databases, and the open-data folder."""

from publicsafety.pipeline.release.outcome import ReleaseError, ReleaseResult
from publicsafety.pipeline.release.run import release

__all__ = ["ReleaseError", "ReleaseResult", "release"]
