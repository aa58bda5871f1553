"""What is shown and sent: a finding is a metric, its filters, its observations, one plain sentence and its caveats.

The page draws it, the slide draws it, the CSV writes it: the numbers cannot differ. Findings are built by plain
functions of a `Source` (who answers metrics) and a `Scope` (what the visitor asked for); one module per topic.
"""

from publicsafety.findings.core import Finding, Scope, Source

__all__ = ["Finding", "Scope", "Source"]
