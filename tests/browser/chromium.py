# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium, driven over its debugging pipe: one JSON message after the other, each ended
by a zero byte, on descriptors 3 (to it) and 4 (from it). No port, no library.
"""
import base64
import fcntl
import itertools
import json
import os
import select
import shutil
import tempfile
import time

PATIENCE_S = 60
# Chromium's own sandbox wants what containers and root don't have; the pages are ours.
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
           "--no-first-run", "--hide-scrollbars", "--disable-extensions", "--disable-sync",
           "--disable-background-networking", "--disable-component-update",
           "--remote-debugging-pipe"]


class Browser:
    """Use as a context: the process and its profile are gone at its end."""

    def __enter__(self):
        program = shutil.which("chromium")
        if program is None:
            raise SystemExit("no chromium: tools/dev setup test")
        self.profile = tempfile.mkdtemp(prefix="nobounce-chromium-")
        # Above the numbers that they are to become, so that neither move takes the other's place.
        from_us, self.to_it = os.pipe()
        self.from_it, to_us = os.pipe()
        theirs = [fcntl.fcntl(fd, fcntl.F_DUPFD, 10) for fd in (from_us, to_us)]
        self.log = os.path.join(self.profile, "log")
        self.pid = os.posix_spawn(
            program, [program, *OPTIONS, f"--user-data-dir={self.profile}", "about:blank"],
            {**os.environ, "HOME": self.profile},
            file_actions=[(os.POSIX_SPAWN_DUP2, theirs[0], 3), (os.POSIX_SPAWN_DUP2, theirs[1], 4),
                          (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                          (os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0),
                          (os.POSIX_SPAWN_OPEN, 2, self.log, os.O_WRONLY | os.O_CREAT, 0o600)])
        for fd in (from_us, to_us, *theirs):
            os.close(fd)
        self.numbers = itertools.count(1)
        self.unread = b""
        self.events = []
        return self

    def __exit__(self, *_):
        try:
            self.call("Browser.close")
        except (OSError, RuntimeError):
            pass
        os.waitpid(self.pid, 0)
        os.close(self.to_it)
        os.close(self.from_it)
        shutil.rmtree(self.profile, ignore_errors=True)

    def _next_message(self, deadline):
        while b"\0" not in self.unread:
            if not select.select([self.from_it], [], [], max(0, deadline - time.monotonic()))[0]:
                raise RuntimeError(f"chromium said nothing for {PATIENCE_S} s")
            got = os.read(self.from_it, 1 << 20)
            if not got:
                with open(self.log, errors="replace") as log:
                    raise RuntimeError(f"chromium ended: {log.read()[-2000:]}")
            self.unread += got
        message, self.unread = self.unread.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, session=None, **parameters):
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.to_it, data):]
        deadline = time.monotonic() + PATIENCE_S
        while True:
            answer = self._next_message(deadline)
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def wait_for(self, method):
        deadline = time.monotonic() + PATIENCE_S
        while not any(event.get("method") == method for event in self.events):
            self.events.append(self._next_message(deadline))

    def open(self, path, width=1100, scheme="light", media="screen"):
        return Page(self, path, width, scheme, media)


class Page:
    """A file that was loaded and has come to rest."""

    def __init__(self, browser, path, width, scheme, media):
        self.browser = browser
        target = browser.call("Target.createTarget", url="about:blank")["targetId"]
        attached = browser.call("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=800,
                  deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", media=media,
                  features=[{"name": "prefers-color-scheme", "value": scheme}])
        browser.events.clear()
        self.call("Page.navigate", url="file://" + os.path.abspath(path))
        browser.wait_for("Page.loadEventFired")

    def call(self, method, **parameters):
        return self.browser.call(method, self.session, **parameters)

    def evaluate(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"])
        return result["result"].get("value")

    def complaints(self):
        """What the page said on its console, and what it asked the network for beside itself."""
        found = []
        for event in self.browser.events:
            method, parameters = event.get("method"), event.get("params", {})
            if method == "Runtime.exceptionThrown":
                found.append(parameters["exceptionDetails"]["text"])
            elif method == "Runtime.consoleAPICalled":
                found.append(str(parameters["args"]))
            elif method == "Log.entryAdded":
                found.append(parameters["entry"]["text"])
            elif method == "Network.requestWillBeSent" and parameters["type"] != "Document":
                found.append("asked for " + parameters["request"]["url"])
        return found

    def screenshot(self, path):
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def pdf(self):
        return base64.b64decode(self.call("Page.printToPDF", printBackground=False)["data"])
