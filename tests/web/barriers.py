"""What stands in somebody's way on a page: what axe-core finds by WCAG 2.2 AA, and what sticks out sideways."""

from __future__ import annotations

from playwright.sync_api import Page

AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def barriers(page: Page, axe: str, *widths: int) -> list[tuple[str, str]]:
    """All that is found at these widths, or as wide as the page is."""
    page.evaluate(f"{axe};0")
    found: list[tuple[str, str]] = []
    for width in widths or (None,):
        if width is not None:
            page.set_viewport_size({"width": width, "height": 800})
        violations = page.evaluate("tags => axe.run(document, {runOnly: tags})", AA)["violations"]
        found += [(each["id"], each["nodes"][0]["html"]) for each in violations]
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(("scrolls sideways", str(width or page.viewport_size)))
    return found
