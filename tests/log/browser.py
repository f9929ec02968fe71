"""A real browser, asked through its debugging pipe: nothing is installed for it, and it is given no network."""

import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from itertools import count

NAMES = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)


class Page:
    """One page of a browser. Messages are JSON, each ended by a NUL (DevTools protocol)."""

    def __init__(self, reading, writing):
        self._reading, self._writing, self._ids, self._session, self._left = reading, writing, count(1), None, b""

    def open(self, url, *, before=""):
        """In a page of its own; a script may run before any of the page's."""
        self._session = None
        target = self.say("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.say("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.say("Page.enable")
        self.say("Page.addScriptToEvaluateOnNewDocument", source=before)
        self.say("Page.navigate", url=url)
        self.run("new Promise((done) => document.readyState === 'complete' ? done() : addEventListener('load', done))")

    def say(self, method, **given):
        """Give an order and wait for its answer; what the browser tells unasked is passed over."""
        id = next(self._ids)
        message = {"id": id, "method": method, "params": given} | (
            {"sessionId": self._session} if self._session else {}
        )
        os.write(self._writing, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == id:
                assert "error" not in answer, answer
                return answer["result"]

    def run(self, script):
        """What a script on the page comes to."""
        found = self.say("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def _next(self):
        while b"\0" not in self._left:
            chunk = os.read(self._reading, 1 << 16)
            assert chunk, "the browser has gone"
            self._left += chunk
        message, self._left = self._left.split(b"\0", 1)
        return json.loads(message)


@contextmanager
def browser(folder):
    """A browser whose profile lies in this folder."""
    to_it, our_writing = os.pipe()
    our_reading, from_it = os.pipe()
    kept = [os.dup2(to_it, 103, inheritable=True), os.dup2(from_it, 104, inheritable=True)]
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={folder}"]
    flags += ["--remote-debugging-pipe", "--no-first-run", "--disable-background-networking", "--window-size=900,1400"]
    command = ["bash", "-c", 'exec "$0" "$@" 3<&103 4>&104', CHROMIUM, *flags]
    running = subprocess.Popen(command, pass_fds=kept, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for each in (to_it, from_it, *kept):
        os.close(each)
    try:
        yield Page(our_reading, our_writing)
    finally:
        running.kill()
        running.wait()
        os.close(our_reading)
        os.close(our_writing)
