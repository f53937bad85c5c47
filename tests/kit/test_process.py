"""A child process that says why it did not start, and that never stays behind."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from labserver.kit.failures import StartFailed
from labserver.kit.processes.child import Child, words

ECHO = """
import json, os, sys
print(json.dumps({"hello": os.getpid(), "path": sys.path[0], "shadowed": "jwt" in sys.modules}), flush=True)
print("a word on the way", file=sys.stderr, flush=True)
while os.read(0, 1000):
    pass
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a file whose module, `kit_example`, a child can run."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path / "kit_example.py"


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_child_says_hello_and_ends_when_asked(module: Path) -> None:
    module.write_text(ECHO)
    child = Child("the example", "kit_example")
    assert child.alive
    assert child.hello["hello"] == child.pid
    child.stop()
    child.stop()
    assert not child.alive
    assert gone(child.pid)
    assert child.exit_reason() == "it was stopped"


def test_a_learners_own_files_do_not_shadow_ours(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebooks = module.parent / "notebooks"
    notebooks.mkdir()
    (notebooks / "json.py").write_text("raise SystemExit('the wrong json')")
    monkeypatch.chdir(notebooks)
    module.write_text(ECHO)
    child = Child("the example", "kit_example")
    child.stop()
    assert child.hello["path"] != str(notebooks)


@pytest.mark.parametrize(
    ("code", "reason", "advice"),
    [
        ("err('labserver: The store says no.'); sys.exit(4)", "The store says no.", "Check the store="),
        ("err('No such algorithm.'); sys.exit(2)", "No such algorithm.", "Check the arguments"),
        ("err('[INFO] bye'); sys.exit(3)", "exit code 3 and no word", "another free port"),
        ("raise RuntimeError('out of luck')", "RuntimeError: out of luck", "labserver doctor"),
        ("print('not JSON', flush=True)", "exit code 0 and no word", "labserver doctor"),
    ],
)  # fmt: skip
def test_a_failing_start_says_what_went_wrong_and_what_to_do(
    module: Path, code: str, reason: str, advice: str
) -> None:
    module.write_text(f"import sys\nerr = lambda text: print(text, file=sys.stderr)\n{code}")
    with pytest.raises(StartFailed) as failure:
        Child("the server", "kit_example", "--port", "0")
    text = str(failure.value)
    assert text.startswith("the server did not start: ")
    assert reason in text
    assert advice in text
    assert "what was run: python -m kit_example --port 0" in text
    assert sys.prefix not in text, "the same text on every machine"


def test_a_child_can_be_told_what_is_not_for_everybody(module: Path) -> None:
    module.write_text("import json, sys\nprint(json.dumps({'heard': input(), 'rest': sys.argv[1:]}))")
    child = Child("the server", "kit_example", "--store", "-", tell="redis://:hush@127.0.0.1:1/0")
    assert child.hello == {"heard": "redis://:hush@127.0.0.1:1/0", "rest": ["--store", "-"]}
    child.stop()
    assert "hush" not in child.command


def test_a_child_that_does_not_listen_is_told_in_vain(module: Path) -> None:
    module.write_text("raise SystemExit('no')")
    with pytest.raises(StartFailed, match="no"):
        Child("the server", "kit_example", tell="hush" * 100_000)


def test_a_start_that_takes_too_long_is_given_up(module: Path) -> None:
    pid = module.with_name("pid")
    module.write_text(
        f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid()))\nwhile os.read(0, 9): pass"
    )
    with pytest.raises(StartFailed, match="no answer within 1 s"):
        Child("the server", "kit_example", timeout=1.0)
    if pid.exists() and (number := pid.read_text()):
        assert gone(int(number))


def test_a_child_that_does_not_listen_is_made_to_go(module: Path) -> None:
    stubborn = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    module.write_text(stubborn + "print('{}', flush=True)\ntime.sleep(60)")
    child = Child("the server", "kit_example")
    child.stop(patience=0.2)
    assert gone(child.pid)


def test_a_child_that_ended_by_itself_leaves_its_last_word(module: Path) -> None:
    module.write_text("import sys\nprint('{}', flush=True)\nsys.exit('the disk is full')")
    child = Child("the server", "kit_example")
    child._process.wait(10)
    assert child.exit_reason() == "it ended by itself (the disk is full)"
    child.stop()


def test_words_leaves_out_what_is_not_set() -> None:
    assert words(("--store", None), ("--workers", 2)) == ["--workers", "2"]


def test_a_child_is_told_things_and_its_lines_are_read(module: Path) -> None:
    module.write_text(
        "import json, sys\nprint('{}', flush=True)\n"
        "for line in sys.stdin:\n    print(json.dumps({'got': json.loads(line)}), flush=True)\n"
        "    if 'end' in line: break\n"
    )
    child = Child("the example", "kit_example")
    child.tell({"number": 1})
    child.tell({"end": True})
    assert list(child.lines(60)) == [{"got": {"number": 1}}, {"got": {"end": True}}]
    child.stop()
    child.tell({"nobody": "reads this"})


def test_a_child_that_says_nothing_more_is_not_waited_for_for_ever(module: Path) -> None:
    module.write_text(ECHO)
    child = Child("the example", "kit_example")
    with pytest.raises(TimeoutError, match="the example took longer than 0 s"):
        next(child.lines(0.01))
    child.stop()
