"""The verifiers that need nothing of ours, as tests ask them: the Python file, and the JavaScript where node is."""

import importlib.util
import json
import shutil
import subprocess
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "verifier"
NODE = shutil.which("node")
_spec = importlib.util.spec_from_file_location("verify", FOLDER / "verify.py")
verify_py = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(verify_py)

REFUSED = (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError)
"""What verify.py takes for a proof that shows nothing."""

_SCRIPT = """
const verify = require(process.argv[1]);
const bytes = (text) => Uint8Array.from(Buffer.from(text, "base64"));
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(asked.map(([name, ...given]) => {
  const meant = given.map((each) => typeof each !== "object" || Array.isArray(each) ? each : "bytes" in each
    ? bytes(each.bytes) : "big" in each ? BigInt(each.big) : each.path.map(bytes));
  try { return [verify[name](...meant) ?? true, ""]; }
  catch (problem) { return [null, String(problem.message)]; }
})));
"""


def verify_js(asked):
    """What verify.js answers to each call, (name, arguments…): what it says, and why it refuses."""
    done = subprocess.run(
        [NODE, "-e", _SCRIPT, FOLDER / "verify.js"], input=json.dumps(asked), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)
