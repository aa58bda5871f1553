""":material/fact_check: Data quality

What each load read, left out and could not place; how fresh and how complete it is.
"""

from publicsafety.ui import begin, quality, rebuilt

page = begin(__file__, filters=None)
page.answer(quality.headline)
page.show(quality.freshness)
page.show(quality.loads)
page.show(quality.refused)
page.show(quality.coverage)
page.show(
    quality.completeness,
    page.choose(
        "Completeness of", "table", {name: name.replace("_", " ").capitalize() for name in page.loaded_tables()}
    ),
)
reason = page.pick("Rows kept out", "reason", quality.why)
page.pair((quality.quarantine, reason), (quality.warnings,))
page.show(quality.labels)
page.pair((quality.area_text, "calls"), (quality.area_text, "pickups"))
page.show(rebuilt.rebuilt)
