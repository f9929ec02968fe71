"""The rules, one module for each question or two. A rule reads a case and says permit, forbid, refer, or nothing."""
