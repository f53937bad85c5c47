"""JupyterLab in a real browser: open a notebook, run all of it through the command API, look at it.

Clicks are left to people: "Run all" pressed before the kernel is ready does nothing, without a word. Commands
are awaited, and counts and outputs are read from the notebook's model.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, sync_playwright

from labserver.kit.browser.program import find
from labserver.runtime.child_environment import plain

ROOT = Path(__file__).resolve().parents[1]
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
PATIENCE = 600
"""Seconds to wait for one step; generous, because the machine may be busy."""

SETTINGS = {"@jupyterlab/notebook-extension:tracker": {"windowingMode": "none", "scrollPastEnd": False}}
"""Draw all cells, also those out of view, and nothing below the last one."""


@contextmanager
def server(folder: Path, state: Path, *more: str) -> Iterator[str]:
    """Start JupyterLab on a free port for the notebooks in `folder`; returns its address with the token.

    `more` are options of JupyterLab.
    `state` takes what JupyterLab writes about itself, so that nothing of the user's own is read or changed.

    Raises RuntimeError if it does not start.
    """
    settings = state / "settings"
    settings.mkdir(parents=True)
    overrides = json.loads((ROOT / "launcher" / "jupyter" / "overrides.json").read_text(encoding="utf-8"))
    (settings / "overrides.json").write_text(json.dumps(overrides | SETTINGS), encoding="utf-8")
    own = {f"JUPYTER_{name}_DIR": str(state / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    own |= {f"JUPYTERLAB_{name}_DIR": str(state / name.lower()) for name in ("SETTINGS", "WORKSPACES")}
    options = [
        "--ServerApp.ip=127.0.0.1",
        "--ServerApp.port=0",
        "--ServerApp.open_browser=False",
        "--ServerApp.allow_root=True",
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.extension_manager=readonly",
        f"--LabApp.app_settings_dir={settings}",
        *more,
    ]
    names = sorted(path.name for path in folder.glob("*.ipynb"))
    with (state / "jupyterlab.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", "launcher.inside", str(folder), *options, "--", *names],
            cwd=ROOT,
            env=plain(os.environ) | own | {"PYTHONPATH": str(ROOT), "IPYTHONDIR": str(state / "ipython")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    assert process.stdin and process.stdout  # noqa: S101 - both were asked for
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(
                (state / "jupyterlab.log").read_text(encoding="utf-8", errors="replace")[-2000:]
            )
        yield json.loads(line)["address"]
    finally:
        process.stdin.close()  # JupyterLab takes this as the end, and ends its kernels
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


_SCRIPT = """async v => {
    const app = window.jupyterapp;
    let timer;
    const stuck = new Promise((_, no) => {
        const began = Date.now();
        timer = setInterval(() => {
            const dialog = document.querySelector(".jp-Dialog");
            if (dialog) no(new Error("JupyterLab asks: " + dialog.textContent));
            if (Date.now() - began > v.limit) no(new Error("too slow"));
        }, 200);
    });
    try { return await Promise.race([stuck, (async () => { BODY })()]); }
    finally { clearInterval(timer); }
}"""


class Screen:
    """One browser window on one JupyterLab."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    @contextmanager
    def open(cls, address: str, width: int = 1100, height: int = 1600) -> Iterator[Self]:
        """Open JupyterLab at the address that `server` gave."""
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=find(), args=list(FLAGS), timeout=PATIENCE * 1000
            )
            try:
                page = browser.new_page(viewport={"width": width, "height": height})
                page.set_default_timeout(PATIENCE * 1000)
                place = urlsplit(address)
                token = parse_qs(place.query)["token"][0]
                page.goto(f"{place.scheme}://{place.netloc}/lab?token={token}")
                page.wait_for_function("window.jupyterapp !== undefined")
                screen = cls(page)
                screen.do("await app.restored")
                yield screen
            finally:
                browser.close()

    def do(self, body: str, **values: Any) -> Any:
        """Run JavaScript with `app` (JupyterLab's own) and `v` (the values).

        Raises when it takes too long, and at once when JupyterLab asks something: nobody is there to answer.
        """
        return self.page.evaluate(_SCRIPT.replace("BODY", body), {**values, "limit": PATIENCE * 1000})

    def notebook(self, name: str) -> None:
        """Open a notebook and wait until its kernel answers."""
        self.do(
            """
            const which = {path: v.name, factory: "Notebook"};
            const panel = await app.commands.execute("docmanager:open", which);
            await panel.context.ready;
            await panel.sessionContext.ready;
            await panel.sessionContext.session.kernel.info;
            app.shell.activateById(panel.id);
            window.panel = panel;
            """,
            name=name,
        )

    @contextmanager
    def opened(self, name: str) -> Iterator[None]:
        """Open a notebook, and close it at the end."""
        self.notebook(name)
        try:
            yield
        finally:
            self.close()

    def clear(self) -> None:
        """Take all outputs and counts away, so that what is read later is of this run."""
        self.do('await app.commands.execute("notebook:clear-all-cell-outputs")')

    def run_all(self) -> None:
        """Run every cell and wait until the kernel has answered for all of them.

        The command comes back at the first error, also at an expected one, while later cells still run; an
        empty request that queues behind them tells when they are done.
        """
        self.do(
            """
            await app.commands.execute("notebook:run-all-cells");
            const kernel = window.panel.sessionContext.session.kernel;
            await kernel.requestExecute({code: "", silent: true, store_history: false}).done;
            """
        )

    def double(self) -> None:
        """Put a copy of each code cell below it."""
        self.do(
            """
            const notebook = window.panel.content.model.sharedModel;
            notebook.transact(() => {
                for (let index = notebook.cells.length - 1; index >= 0; index--) {
                    const {id, ...cell} = notebook.getCell(index).toJSON();
                    if (cell.cell_type === "code") notebook.insertCell(index + 1, cell);
                }
            });
            """
        )

    def cells(self) -> list[dict[str, Any]]:
        """Read the notebook as it stands, in the format of its file."""
        found: list[dict[str, Any]] = self.do("return window.panel.content.model.toJSON().cells")
        return found

    def close(self) -> None:
        """End the notebook's kernel and close it without saving."""
        self.do(
            """
            await window.panel.sessionContext.shutdown();
            window.panel.context.model.dirty = false;
            window.panel.dispose();
            """
        )

    def theme(self, name: str) -> None:
        """Switch to "JupyterLab Light" or "JupyterLab Dark"."""
        self.do('await app.commands.execute("apputils:change-theme", {theme: v.name})', name=name)
        self.page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=name)

    def pictures(self, stem: Path) -> list[Path]:
        """Take the whole notebook in slices of one window's height: stem-1.png, stem-2.png, ..."""
        self.do(
            """
            if (!app.shell.leftCollapsed) app.shell.collapseLeft();
            if (!app.shell.rightCollapsed) app.shell.collapseRight();
            window.panel.content.activeCellIndex = 0;
            """
        )
        scroller = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-WindowedPanel-outer"
        panel = self.page.locator(scroller)
        total, seen = self._settled(scroller)
        taken = []
        for index, top in enumerate(range(0, total, seen), 1):
            panel.evaluate("(node, top) => { node.scrollTop = top; }", top)
            self._settled(scroller)
            taken.append(stem.with_name(f"{stem.name}-{index}.png"))
            panel.screenshot(path=taken[-1], animations="disabled")
        return taken

    def _settled(self, scroller: str) -> tuple[int, int]:
        """Wait until fonts, pictures and diagrams are drawn; return the whole height and the visible one."""
        total, seen = self.do(
            """
            const node = document.querySelector(v.scroller);
            let last = -1;
            await document.fonts.ready;
            while (node.scrollHeight !== last || [...document.images].some(image => !image.complete)) {
                last = node.scrollHeight;
                await new Promise(next => setTimeout(next, 300));
            }
            return [node.scrollHeight, node.clientHeight];
            """,
            scroller=scroller,
        )
        return total, seen
