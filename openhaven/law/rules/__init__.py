"""The rules, one module for each question or two. A rule reads a case and says permit, forbid, refer, or nothing.

Thousands of decisions are made a second, so a rule costs nothing where it has nothing to say:
- `@rule(…, when=Route.CONSENT)` names the routes, purposes and levels that it is about; on others it is not called.
  Several of one sort are alternatives, and sorts are needed together: (Route.COPI_2, Route.COPI_5, Level.IDENTIFIABLE).
- `@outline_rule(…)` is for a rule that needs no more than the outline of a case: coded words, dataset, policy and day.
  It is given only that, and asked once for thousands of cases. `only=` says of which outlines another rule is.
- `needs=Breach` names the kinds of record without which a rule is silent, and is not called. It must be so of every
  path, that of a rule which fails included: the tests call it all the same, and compare.
- records are looked up through the case (`case.agreement`, `case.relied_on(Support)`, `case.facts.every(Hold)`), which
  reads them once; what several rules work out is a function marked `@kept`, or a property of `Case`.
- words that cost something are given as a function, `permit(lambda: f"…")`, and made when somebody reads them; lists of
  faults are put in words only where something is wrong.
- what depends on coded words alone is made once, by functools.lru_cache."""
