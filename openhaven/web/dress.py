"""Puts the design system's built files where the service serves them: `python -m openhaven.web.dress FOLDER`.

FOLDER is `dist/nhsuk` of the npm package nhsuk-frontend. The two fonts that it would fetch from another host are left
out (their licence covers NHS sites only, and no request leaves ours), as are the NHS's logos and icons of that name.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).parent / "static" / "nhsuk"
CSS, SCRIPT = "nhsuk-frontend.min.css", "nhsuk-frontend.min.js"
_FONT = re.compile(r"@font-face\{[^}]*\}")
_MAP = re.compile(r"\n?/[*/]# sourceMappingURL=\S+(?: \*/)?")
_ICON = re.compile(r"url\(/assets/images/([\w-]+\.svg)\)")


def dress(built: Path, into: Path = HERE) -> None:
    """Copy style sheet, script and the icons that the style sheet names. Raises ValueError where a style sheet would
    still fetch something from elsewhere."""
    into.mkdir(parents=True, exist_ok=True)
    css = _MAP.sub("", _FONT.sub("", (built / CSS).read_text(encoding="utf-8")))
    for icon in set(_ICON.findall(css)):
        shutil.copyfile(built / "assets" / "images" / icon, into / icon)
    css = _ICON.sub(r"url(\1)", css)
    if left := re.findall(r"url\((?!data:|nhsuk-icon)[^)]*\)", css):
        raise ValueError(f"{CSS} would fetch {', '.join(left[:5])}")
    (into / CSS).write_text(css, encoding="utf-8")
    (into / SCRIPT).write_text(_MAP.sub("", (built / SCRIPT).read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    dress(Path(sys.argv[1]))
