"""The verifiers that need nothing of ours, as tests ask them: the Python file, and the JavaScript where node is."""

import importlib.util
import json
import shutil
import subprocess
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "verifier"
NODE = shutil.which("node")


def _loaded(name):
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


verify_py, look_up_py = _loaded("verify"), _loaded("verify_look_up")

REFUSED = (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError)
"""What verify.py takes for a proof that shows nothing."""

_SCRIPT = """
const verify = { ...require(process.argv[1]), ...require(process.argv[2]) };
const bytes = (text) => Uint8Array.from(Buffer.from(text, "base64"));
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
Promise.all(asked.map(async ([name, ...given]) => {
  const meant = given.map((each) => typeof each !== "object" || Array.isArray(each) ? each : "bytes" in each
    ? bytes(each.bytes) : "big" in each ? BigInt(each.big) : each.path.map(bytes));
  try { return [await verify[name](...meant), ""]; }
  catch (problem) { return [null, String(problem.message)]; }
})).then((answers) => console.log(JSON.stringify(answers)));
"""


def verify_js(asked):
    """What verify.js answers to each call, (name, arguments…): what it says, and why it refuses."""
    done = subprocess.run(
        [NODE, "-e", _SCRIPT, FOLDER / "verify.js", FOLDER / "verify_look_up.js"],
        input=json.dumps(asked), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)
