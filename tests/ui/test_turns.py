"""Runs of one process take turns."""

from threading import Semaphore

import pytest

from publicsafety.ui import router


@pytest.fixture
def turn(monkeypatch: pytest.MonkeyPatch) -> Semaphore:
    """The turn of a process in which nobody else is served, and where nobody waits long."""
    turn = Semaphore()
    monkeypatch.setattr(router, "TURN", turn)
    monkeypatch.setattr(router, "PATIENCE", 0.01)
    return turn


def test_a_run_that_stops_halfway_gives_its_turn_away(turn: Semaphore, monkeypatch: pytest.MonkeyPatch) -> None:
    def stops() -> None:
        assert not turn.acquire(blocking=False), "the run should have had its turn"
        raise KeyboardInterrupt

    monkeypatch.setattr(router, "_serve", stops)
    with pytest.raises(KeyboardInterrupt):
        router.serve()
    assert turn.acquire(blocking=False)


def test_nobody_waits_for_ever_for_someone_elses_run(turn: Semaphore, monkeypatch: pytest.MonkeyPatch) -> None:
    served = []
    monkeypatch.setattr(router, "_serve", lambda: served.append(True))
    turn.acquire()
    router.serve()
    assert served, "the page should have been shown without a turn"
    assert not turn.acquire(blocking=False), "a turn that was not had was given away"
