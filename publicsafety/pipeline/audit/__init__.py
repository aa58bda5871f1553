"""The attacker: what can be derived from the published files, and nothing else.

It shares no code with `pipeline/release`: two programs that agree because they call the same function prove nothing.
"""

from publicsafety.pipeline.audit.gate import audit, published_numbers
from publicsafety.pipeline.audit.reading import AuditError
from publicsafety.pipeline.audit.report import AuditReport, Finding
from publicsafety.pipeline.audit.texts import text_leaks

__all__ = ["AuditError", "AuditReport", "Finding", "audit", "published_numbers", "text_leaks"]
