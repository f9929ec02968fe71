"""Put page.html, page.css and the scripts together into check.html: one file that opens from disk, and does no more."""

import base64
import hashlib
from pathlib import Path
from string import Template

HERE = Path(__file__).parent
SCRIPTS = ("verify.js", "verify_look_up.js", "page.js")


def allowed(text: str) -> str:
    """How a page's policy names the one script or style that it may use."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def page() -> str:
    """The whole page. Its policy allows this script and this style, and no network at all."""
    *scripts, style = (f"\n{(HERE / name).read_text('utf-8')}" for name in (*SCRIPTS, "page.css"))
    script = "".join(scripts)
    policy = ["default-src 'none'", f"script-src {allowed(script)}", f"style-src {allowed(style)}"]
    policy += ["base-uri 'none'", "form-action 'none'"]
    parts = {"policy": "; ".join(policy), "script": script, "style": style}
    return Template((HERE / "page.html").read_text("utf-8")).substitute(parts)


if __name__ == "__main__":
    (HERE / "check.html").write_text(page(), "utf-8")
