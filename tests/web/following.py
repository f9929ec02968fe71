"""Going from one page to the next: not before the next one is there is anything read of it."""

from __future__ import annotations

from playwright.sync_api import Locator


def follow(locator: Locator) -> None:
    """Click a link or button that leads to a page, and wait for that page: until then the old one is still read."""
    with locator.page.expect_navigation():
        locator.click()
