"""The ladders of precision: how each kind of field can be coarsened, finest first (FIELD-01)."""

from .dataset import Field
from .words import FieldType, Kind, Precision

_P = Precision
_DATE = (_P.AS_HELD, _P.MONTH, _P.QUARTER, _P.YEAR, _P.ALL)
_WHOLE = (_P.AS_HELD, _P.AGE_5, _P.AGE_10, _P.AGE_20, _P.ALL)
_POSTCODE = (_P.AS_HELD, _P.LSOA, _P.AREA, _P.REGION, _P.ALL)
_CODE = (_P.AS_HELD, _P.CATEGORY, _P.CHAPTER, _P.ALL)
_PLAIN = (_P.AS_HELD, _P.ALL)
LADDERS = {"dates": _DATE, "ages": _WHOLE, "numbers": _WHOLE, "places": _POSTCODE, "codes": _CODE, "plain": _PLAIN}
"""Each kind of ladder by a word, finest precision first; `*` (nothing left) is always the last."""
TOP_AGE = 90  # ages from here up share one band (FIELD-01)
OLDEST = 130  # in years; a greater number is no age, and a delivery in which one is called so is refused


def kind_of_ladder(field: Field) -> str:
    """Which of the ladders a field has. Only those of an age, a field of kind `age`, end in an open band."""
    if field.type in (FieldType.DATE, FieldType.DATETIME):
        return "dates"
    if field.kind is Kind.POSTCODE:
        return "places"
    if field.type is FieldType.INTEGER and not field.refers_to:
        return "ages" if field.kind is Kind.AGE else "numbers"
    return "codes" if field.codes else "plain"


def ladder(field: Field) -> tuple[Precision, ...]:
    """The precisions a field can leave at, finest first; `*` (nothing left) is always the last.

    Any whole number has bands of 5, 10 and 20. Only those of an age, a field of kind `age`, end in an open one from
    TOP_AGE up, and only it must lie between 0 and OLDEST: a column that holds codes beside ages (in hospital episodes
    7001 to 7007 stand for parts of the first year) is made whole years before it is delivered, or is no age."""
    return LADDERS[kind_of_ladder(field)]


def no_finer(field: Field, asked: Precision, agreed: Precision) -> bool:
    """Whether `asked` tells no more than `agreed` on the field's ladder; False when either is not on it."""
    steps = ladder(field)
    return asked in steps and agreed in steps and steps.index(asked) >= steps.index(agreed)
