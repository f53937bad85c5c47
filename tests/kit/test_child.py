"""A child process that says why it did not start, and that never stays behind."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from labserver.kit.failures import StartFailed, appendix, sentence, server_gone
from labserver.kit.processes.child import Child, words
from labserver.runtime.child_messages import ExitReason, read_failure, report

ECHO = """
import json, os, sys
print(json.dumps({"pid": os.getpid(), "path": sys.path[0], "shadowed": "jwt" in sys.modules}), flush=True)
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


def test_a_child_says_that_it_is_ready_and_ends_when_asked(module: Path) -> None:
    module.write_text(ECHO)
    child = Child("the example", "kit_example")
    assert child.alive
    assert child.ready["pid"] == child.pid
    child.stop()
    child.stop()
    assert not child.alive
    assert gone(child.pid)
    assert child.exit_reason() == ExitReason("stopped")


def test_a_learners_own_files_do_not_shadow_ours(module: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebooks = module.parent / "notebooks"
    notebooks.mkdir()
    (notebooks / "json.py").write_text("raise SystemExit('the wrong json')")
    monkeypatch.chdir(notebooks)
    module.write_text(ECHO)
    child = Child("the example", "kit_example")
    child.stop()
    assert child.ready["path"] != str(notebooks)


REPORT = "from labserver.runtime.child_messages import report\n"
CRASH = """
from labserver.runtime import command
def main(): raise RuntimeError('out of luck')
command.run(main)
"""


@pytest.mark.parametrize(
    ("code", "reason", "advice"),
    [
        (
            REPORT + "report('store_unusable', 'The store says no.'); sys.exit(4)",
            "The store says no.",
            "Check the store=",
        ),
        (
            REPORT + "report('wrong_settings', 'No such algorithm.'); sys.exit(2)",
            "No such algorithm.",
            "Check the arguments",
        ),
        (REPORT + "report('port_in_use', 'It is taken.'); sys.exit(1)", "It is taken.", "another free port"),
        (CRASH, "RuntimeError: out of luck", "labserver doctor"),
        (
            "err('labserver: The store says no.'); sys.exit(4)",
            "it ended with exit code 4",
            "labserver doctor",
        ),
        ("print('not JSON', flush=True)", "it ended with exit code 0", "labserver doctor"),
    ],
    ids=["store", "settings", "port", "a mistake of ours", "a sentence is no code", "nothing"],
)
def test_a_failing_start_says_what_went_wrong_and_what_to_do(
    module: Path, code: str, reason: str, advice: str
) -> None:
    module.write_text(f"import sys\nerr = lambda text: print(text, file=sys.stderr)\n{code}")
    with pytest.raises(StartFailed) as failure:
        Child("the server", "kit_example", "--port", "0")
    text = str(failure.value)
    assert text.startswith(f"the server did not start: {reason}\n")
    assert advice in text
    assert "what was run: python -m kit_example --port 0" in text
    assert sys.prefix not in text.partition("the end of its log")[0], "the same text on every machine"


def test_only_a_crash_that_nobody_foresaw_shows_the_end_of_its_log(module: Path) -> None:
    module.write_text(
        "import sys\nfor n in range(50): print(n, file=sys.stderr)\nsys.exit('the disk is full')"
    )
    with pytest.raises(StartFailed) as failure:
        Child("the server", "kit_example")
    assert str(failure.value).endswith("    49\n    the disk is full")
    assert "the end of its log:\n    31\n" in str(failure.value)
    assert failure.value.code == ""
    module.write_text(
        f"{REPORT}import sys\nprint('a word', file=sys.stderr)\nreport('port_in_use', 'Taken.'); sys.exit(3)"
    )
    with pytest.raises(StartFailed) as failure:
        Child("the server", "kit_example")
    assert "log" not in str(failure.value)
    assert failure.value.code == "port_in_use"


def test_a_child_can_be_sent_what_is_not_for_everybody(module: Path) -> None:
    module.write_text("import json, sys\nprint(json.dumps({'heard': input(), 'rest': sys.argv[1:]}))")
    child = Child("the server", "kit_example", "--store", "-", send="redis://:hush@127.0.0.1:1/0")
    assert child.ready == {"heard": "redis://:hush@127.0.0.1:1/0", "rest": ["--store", "-"]}
    child.stop()
    assert "hush" not in child.command


def test_a_message_to_a_child_that_does_not_listen_is_lost(module: Path) -> None:
    module.write_text("raise SystemExit('no')")
    with pytest.raises(StartFailed, match="no"):
        Child("the server", "kit_example", send="hush" * 100_000)


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


@pytest.mark.parametrize(
    ("code", "reason", "expected"),
    [
        (
            REPORT + "report('disk_full', 'the disk is full'); sys.exit(5)",
            ExitReason("ended", "disk_full", "the disk is full", 5),
            "it ended by itself (the disk is full)",
        ),
        (
            "sys.exit('the disk is full')",
            ExitReason("ended", exit_code=1, log="the disk is full\n"),
            "it ended by itself (exit code 1)",
        ),
    ],
    ids=["it reports why", "nobody foresaw it"],
)
def test_a_child_that_ended_by_itself_says_why_as_data(
    module: Path, code: str, reason: ExitReason, expected: str
) -> None:
    module.write_text(f"import sys\nprint('{{}}', flush=True)\n{code}")
    child = Child("the server", "kit_example")
    child._process.wait(10)
    found = child.exit_reason()
    assert ExitReason(**{**vars(found), "log": found.log.replace("\r", "")}) == reason
    assert sentence(found) == expected
    assert getattr(server_gone("no answer", found), "__notes__", []) == (
        [appendix(reason.log)] if reason.log else []
    )
    child.stop()


def test_a_program_that_nobody_asked_reports_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    report("port_in_use", "Taken.")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("text", ["", "not JSON\n[1]\n{}\n", '{"error": null}', '{"error": {"code": "c"}}'])
def test_what_is_no_failure_is_none(text: str) -> None:
    assert read_failure(text) is None
    assert read_failure(f'{{"error": {{"code": "c", "message": "m"}}}}\n{text}') == ("c", "m")


def test_words_leaves_out_what_is_not_set() -> None:
    assert words(("--store", None), ("--workers", 2)) == ["--workers", "2"]


def test_a_child_gets_messages_and_its_lines_are_read(module: Path) -> None:
    module.write_text(
        "import json, sys\nprint('{}', flush=True)\n"
        "for line in sys.stdin:\n    print(json.dumps({'got': json.loads(line)}), flush=True)\n"
        "    if 'end' in line: break\n"
    )
    child = Child("the example", "kit_example")
    child.send({"number": 1})
    child.send({"end": True})
    assert list(child.lines(60)) == [{"got": {"number": 1}}, {"got": {"end": True}}]
    child.stop()
    child.send({"nobody": "reads this"})


def test_a_child_that_says_nothing_more_is_not_waited_for_for_ever(module: Path) -> None:
    module.write_text(ECHO)
    child = Child("the example", "kit_example")
    with pytest.raises(TimeoutError, match="the example took longer than 0 s"):
        next(child.lines(0.01))
    child.stop()
