"""A headless Chromium that tests talk to by DevTools messages over a pair of pipes: only the browser is needed."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-extensions",
          "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe")  # fmt: skip
_PATIENCE = 60.0
# Plots take the width of what they stand in some time after a window has changed; those of a fixed width never do.
_PLOTS_FIT = """[...document.querySelectorAll(".js-plotly-plot")].every((plot) => !plot.clientWidth
  || !plot._fullLayout?.autosize || Math.abs(plot._fullLayout.width - plot.clientWidth) < 2)"""
_KEYS = {"Enter": (13, "\r"), " ": (32, " "), "Tab": (9, "")}


class Chromium:
    """A browser with one tab.

    `complaints` are the console's errors and warnings and the exceptions that nobody caught; `requests` the addresses
    asked for. Both grow until `forget`.
    """

    def __init__(self, profile: Path) -> None:
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self._fired: list[str] = []
        self._rest = b""
        self._number = 0
        self._session: str | None = None
        # The browser reads descriptor 3 and writes 4: a shell can put any of ours there.
        reads, self._send = os.pipe()
        self._receive, writes = os.pipe()
        command = f'exec "$@" 3<&{reads} 4>&{writes}'
        arguments = [str(BROWSER), *_FLAGS, f"--user-data-dir={profile}", "about:blank"]
        self._process = subprocess.Popen(
            ["bash", "-c", command, "bash", *arguments], pass_fds=(reads, writes), stderr=subprocess.DEVNULL
        )
        os.close(reads)
        os.close(writes)
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self._call(f"{domain}.enable")

    def close(self) -> None:
        """End the browser."""
        try:
            self._session = None
            self._call("Browser.close")
        finally:
            os.close(self._send)
            os.close(self._receive)
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()

    def open(self, page: Path, width: int = 1280, height: int = 900) -> None:
        """Open a file, and wait until all of it is there and drawn."""
        self.forget()
        self.look(width=width, height=height)
        self._call("Page.navigate", url=page.as_uri())
        self._wait_for("Page.loadEventFired")
        self.evaluate("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 60)))")

    def forget(self) -> None:
        """Forget complaints and requests."""
        self.complaints.clear()
        self.requests.clear()
        self._fired.clear()

    def look(
        self,
        *,
        width: int | None = None,
        height: int = 900,
        dark: bool | None = None,
        paper: bool | None = None,
    ) -> None:
        """Change the window's width in pixels, the reader's colour scheme, or screen for paper; plots follow."""
        if width is not None:
            size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
            self._call("Emulation.setDeviceMetricsOverride", **size)
        if dark is not None or paper is not None:
            scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
            self._call("Emulation.setEmulatedMedia", media="print" if paper else "", features=[scheme])
        until = time.monotonic() + _PATIENCE
        while not self.evaluate(_PLOTS_FIT) and time.monotonic() < until:
            time.sleep(0.05)

    def evaluate(self, expression: str) -> Any:
        """Value of a JavaScript expression; a promise is awaited."""
        answer = self._call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(_thrown(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def click(self, element: str) -> None:
        """Click in the middle of what a JavaScript expression gives, as a mouse does."""
        x, y = self.evaluate(
            f"(() => {{ const one = {element}; one.scrollIntoView({{ block: 'center', inline: 'center' }}); "
            "const box = one.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self._call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def press(self, key: str) -> None:
        """Press and let go of a key."""
        code, text = _KEYS[key]
        facts = {"key": key, "windowsVirtualKeyCode": code, "code": "Space" if key == " " else key}
        self._call("Input.dispatchKeyEvent", type="keyDown", **facts, **({"text": text} if text else {}))
        self._call("Input.dispatchKeyEvent", type="keyUp", **facts)

    def write(self, text: str) -> None:
        """Write into what has the focus."""
        self._call("Input.insertText", text=text)

    def downloads_to(self, folder: Path) -> None:
        """Keep what pages save in a folder."""
        self._call("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder), of_tab=False)

    def picture(self, path: Path, *, whole: bool = True) -> None:
        """Write a PNG of the page, all of it or what the window shows."""
        shot = self._call("Page.captureScreenshot", format="png", captureBeyondViewport=whole, **self._clip(whole))
        path.write_bytes(base64.b64decode(shot["data"]))

    def pdf(self, path: Path) -> None:
        """Print the page."""
        path.write_bytes(base64.b64decode(self._call("Page.printToPDF", preferCSSPageSize=True)["data"]))

    def _clip(self, whole: bool) -> dict[str, Any]:
        if not whole:
            return {}
        size = self._call("Page.getLayoutMetrics")["cssContentSize"]
        return {"clip": {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 16_000), "scale": 1}}

    def _call(self, method: str, *, of_tab: bool = True, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if of_tab and self._session is not None:
            message["sessionId"] = self._session
        os.write(self._send, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                result: dict[str, Any] = answer["result"]
                return result

    def _wait_for(self, event: str) -> None:
        while event not in self._fired:
            self._next()

    def _next(self) -> dict[str, Any]:
        until = time.monotonic() + _PATIENCE
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._receive], [], [], max(0.0, until - time.monotonic()))
            data = os.read(self._receive, 1 << 20) if ready else b""
            assert data, "the browser does not answer"
            self._rest += data
        first, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(first)
        self._hear(message.get("method", ""), message.get("params", {}))
        return message

    def _hear(self, event: str, facts: dict[str, Any]) -> None:
        self._fired += [event] if event else []
        if event == "Runtime.exceptionThrown":
            self.complaints.append(_thrown(facts["exceptionDetails"]))
        elif event == "Runtime.consoleAPICalled" and facts["type"] in ("error", "warning", "assert"):
            self.complaints.append(" ".join(str(one.get("value", one.get("description"))) for one in facts["args"]))
        elif event == "Log.entryAdded" and facts["entry"]["level"] in ("error", "warning"):
            self.complaints.append(facts["entry"]["text"])
        elif event == "Network.requestWillBeSent":
            self.requests.append(facts["request"]["url"])


def _thrown(details: dict[str, Any]) -> str:
    return str(details.get("exception", {}).get("description") or details["text"])
