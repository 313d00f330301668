"""A real Chromium, driven by chromedriver over the W3C WebDriver protocol: plain HTTP and JSON."""

import base64
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Self

import httpx

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
ENTER = "\ue007"
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the protocol's key of an element
_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


class Browser:
    """One window of a Chromium with an empty profile."""

    def __init__(self, session: httpx.Client) -> None:
        self._session = session

    @classmethod
    @contextmanager
    def started(cls, profile: Path, *, patience: float = 60.0) -> Iterator[Self]:
        """Start driver and browser, and end both."""
        port = free_port()
        driver = subprocess.Popen(
            [str(DRIVER), f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=patience) as client:
                until(lambda: _ready(client), patience)
                name = _value(client.post("/session", json=_capabilities(profile)))["sessionId"]
                window = f"http://127.0.0.1:{port}/session/{name}"
                client.base_url = httpx.URL(window)
                try:
                    yield cls(client)
                finally:  # a driver that is ended first leaves its browser running
                    client.delete(window).raise_for_status()
        finally:
            driver.terminate()
            driver.wait(timeout=30)

    def open(self, address: str) -> None:
        """Load a page."""
        self._post("/url", {"url": address})

    def reload(self) -> None:
        """Load the page again."""
        self._post("/refresh", {})

    def type(self, selector: str, text: str) -> None:
        """Press the keys of a text in the first element that a CSS selector finds."""
        self._post(f"/element/{self._find(selector)}/value", {"text": text})

    def click(self, selector: str) -> None:
        """Click the first element that a CSS selector finds, once the page holds still."""
        until(partial(self._clicks, selector), 30.0, self.text)

    def _clicks(self, selector: str) -> bool:
        """Try to click; the page may scroll in between, or the line to type in cover the place."""
        chosen = f"document.querySelector({json.dumps(selector)})"
        self.run(f"{chosen}?.scrollIntoView({{block: 'center'}})")
        answer = self._session.post(f"/element/{self._find(selector)}/click", json={})
        return answer.is_success

    def run(self, script: str) -> Any:
        """Run JavaScript and return its result."""
        return self._post("/execute/sync", {"script": script, "args": []})

    def run_async(self, script: str) -> Any:
        """Run JavaScript and return what it gives to its last argument, a function."""
        return self._post("/execute/async", {"script": script, "args": []})

    def text(self) -> str:
        """Return what can be read on the page."""
        return str(self.run("return document.body.innerText"))

    def sees(self, *texts: str, patience: float = 30.0) -> None:
        """Wait until the page shows each of the texts."""
        for text in texts:
            until(partial(self._shows, text), patience, self.text)

    def resize(self, width: int, height: int, *, dark: bool = False, phone: bool = False) -> None:
        """Look through a window of this size, in the system's light or dark colours."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone}
        self._command("Emulation.setDeviceMetricsOverride", metrics)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._command("Emulation.setEmulatedMedia", {"features": [scheme]})

    def screenshot(self, path: Path) -> None:
        """Write what the window shows as PNG."""
        path.write_bytes(base64.b64decode(_value(self._session.get("/screenshot"))))

    def complaints(self) -> list[str]:
        """Return what the browser's console said in red, since the last time it was asked."""
        entries = self._post("/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]

    def _shows(self, text: str) -> bool:
        return text in self.text()

    def _command(self, name: str, parameters: dict[str, Any]) -> None:
        self._post("/goog/cdp/execute", {"cmd": name, "params": parameters})

    def _find(self, selector: str) -> str:
        found = self._post("/element", {"using": "css selector", "value": selector})
        return str(found[_ELEMENT])

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        return _value(self._session.post(path, json=body))


@contextmanager
def process(command: Sequence[str], log: Path, cwd: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program inside a ``with`` block; what it says goes into a file."""
    with log.open("wb") as stream:
        child = subprocess.Popen(list(command), stdout=stream, stderr=stream, cwd=cwd)
    try:
        yield child
    finally:
        child.kill()
        child.wait(timeout=30)


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def until(true: Callable[[], bool], patience: float, shown: Callable[[], str] = lambda: "") -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline, f"waited for {patience:.0f} s\n{shown()}"
        time.sleep(0.1)


def _ready(client: httpx.Client) -> bool:
    try:
        return bool(_value(client.get("/status"))["ready"])
    except httpx.TransportError:
        return False


def _capabilities(profile: Path) -> dict[str, Any]:
    options = {
        "binary": CHROMIUM,
        "args": [*_ARGUMENTS, f"--user-data-dir={profile}", "--window-size=1200,800"],
    }
    always = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
    return {"capabilities": {"alwaysMatch": always}}


def _value(answer: httpx.Response) -> Any:
    assert answer.is_success, json.dumps(answer.json())[:2000]
    return answer.json()["value"]
