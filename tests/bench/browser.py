"""Asks a headless Chromium about a page, over the pipe that it offers: no port, no package."""

import base64
import json
import os
import select
import shutil
import subprocess
import time

LIMIT = 60


def program():
    """The browser, or None."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Browser:
    """A browser with one page. Everything it complains about is in `complaints`."""

    def __init__(self, profile):
        # It reads commands from descriptor 3 and writes to 4.
        read_commands, self._write = os.pipe()
        self._read, write_answers = os.pipe()
        for descriptor in (read_commands, write_answers):
            os.set_inheritable(descriptor, True)
        arguments = [
            program(), "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
            "--disable-dev-shm-usage", "--remote-debugging-pipe", "--user-data-dir=%s" % profile, "about:blank",
        ]  # fmt: skip
        shell = 'exec "$@" 3<&%d 4>&%d' % (read_commands, write_answers)
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", shell, "bash", *arguments],
            pass_fds=(read_commands, write_answers),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(read_commands)
        os.close(write_answers)
        self._said = b""
        self._count = 0
        self._session = None
        self._events = []
        self.complaints = []
        pages = self.ask("Target.getTargets")["targetInfos"]
        target = next(page["targetId"] for page in pages if page["type"] == "page")
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.ask(domain + ".enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()
        os.close(self._read)
        os.close(self._write)

    def ask(self, method, **parameters):
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._message()
            if answer.get("id") == self._count:
                assert "error" not in answer, answer
                return answer["result"]

    def open(self, path, width=1200, height=900, dark=False):
        """Shows a file as a window of this width does."""
        self.ask(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.ask("Emulation.setEmulatedMedia", features=features)
        self._events.clear()
        self.ask("Page.navigate", url=path.as_uri())
        while "Page.loadEventFired" not in self._events:
            self._message()

    def value(self, expression):
        """What an expression gives in the page."""
        answer = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def screenshot(self, path, whole=True):
        answer = self.ask("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        path.write_bytes(base64.b64decode(answer["data"]))

    def _message(self):
        end = time.monotonic() + LIMIT
        while b"\0" not in self._said:
            ready, _, _ = select.select([self._read], [], [], max(0, end - time.monotonic()))
            assert ready, "the browser does not answer"
            more = os.read(self._read, 1 << 20)
            assert more, "the browser has ended"
            self._said += more
        text, self._said = self._said.split(b"\0", 1)
        message = json.loads(text)
        method = message.get("method")
        if method:
            self._events.append(method)
        if method == "Runtime.exceptionThrown":
            self.complaints.append(message["params"]["exceptionDetails"]["text"])
        if method == "Runtime.consoleAPICalled" and message["params"]["type"] in ("error", "warning", "assert"):
            self.complaints.append(str(message["params"]["args"]))
        if method == "Log.entryAdded":
            self.complaints.append(message["params"]["entry"]["text"])
        return message
