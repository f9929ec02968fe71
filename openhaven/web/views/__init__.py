"""What each address shows. A view reads, or calls one function of the haven, and makes a page."""
