"""Which precision is coarser than which: one ladder for dates and ages, one for places, one for codes."""

from openhaven.model.words import Precision as P

DATES = (P.AS_HELD, P.MONTH, P.QUARTER, P.YEAR, P.AGE_5, P.AGE_10, P.AGE_20, P.ALL)
PLACES = (P.AS_HELD, P.LSOA, P.AREA, P.REGION, P.ALL)
CODES = (P.AS_HELD, P.CATEGORY, P.CHAPTER, P.ALL)
LADDERS = (DATES, PLACES, CODES)


def no_finer(asked: P, limit: P) -> bool:
    """Whether `asked` stands at `limit` or coarser on one ladder. False where no ladder holds both."""
    return any(asked in ladder and limit in ladder and ladder.index(asked) >= ladder.index(limit) for ladder in LADDERS)
