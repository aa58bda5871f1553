""":material/compare_arrows: Other cities

What teams of other cities have published of themselves, and why no two of these figures are alike.
"""

from publicsafety.ui import begin

begin(__file__, filters=()).released(with_records=True)
