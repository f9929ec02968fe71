"""Every kind of record there is, under the word by which it is recorded."""

from .advice import Classification, Recommendation
from .agreement import Agreement, Partnership
from .approvals import Exemption, Opinion, Requirement, Support, TerritoryAuthority
from .choices import ConsentMaterial, ConsulteeAdvice, Objection
from .controllers import Authority, Hold
from .data_protection import Assessment, DataProtectionDocument, Notice
from .description import Description
from .organisations import Accreditation, Breach, Organisation

Record = (
    Organisation
    | Support
    | Requirement
    | ConsentMaterial
    | ConsulteeAdvice
    | Exemption
    | Objection
    | DataProtectionDocument
    | TerritoryAuthority
    | Classification
    | Agreement
    | Accreditation
    | Authority
    | Hold
    | Breach
    | Assessment
    | Opinion
    | Recommendation
    | Partnership
    | Notice
    | Description
)


KINDS: dict[str, type] = {
    "organisation": Organisation,
    "support": Support,
    "requirement": Requirement,
    "consent": ConsentMaterial,
    "consultee": ConsulteeAdvice,
    "exemption": Exemption,
    "objection": Objection,
    "document": DataProtectionDocument,
    "territory": TerritoryAuthority,
    "classification": Classification,
    "agreement": Agreement,
    "accreditation": Accreditation,
    "authority": Authority,
    "hold": Hold,
    "breach": Breach,
    "assessment": Assessment,
    "opinion": Opinion,
    "recommendation": Recommendation,
    "partnership": Partnership,
    "notice": Notice,
    "dataset": Description,
}
