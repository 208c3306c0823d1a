"""Takes programs from many threads, has each run once, and keeps the answers."""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections import OrderedDict

import msgspec

from explorer import failures
from explorer.answers import Answers
from explorer.control import Ready
from explorer.forked import Zygote
from explorer.fresh import Fresh
from explorer.limits import Limits
from explorer.processes import LOADING, NoWorkerError, Outcome, Workers
from explorer.records import Failure, Program, Trace
from explorer.turns import PATIENCE, Job, Ticket, Turns
from explorer.wire import WireError, decode, encode, failed

CAN_FORK = sys.platform == "linux"
"""Only here a process that has loaded PyTorch can be forked safely, and jailed."""

NOBODY = "-"
"""The session of callers who have none: their runs never replace each other."""

FLEETING = {"busy", "timeout", "crash", "memory", "stopped"}
"""Failures that depend on the machine, its load or its reader; asked again, the program runs."""

MAX_WAITING = 100
"""Programs in line; with more, nobody at the end would wait for the answer."""

REMEMBERED = 1000
"""Sessions with slow programs that are remembered at most."""

log = logging.getLogger(__name__)


class Runner:
    """Worker processes, the line in front of them, and the answers that they gave."""

    def __init__(self, limits: Limits, *, forked: bool = CAN_FORK) -> None:
        self._limits = limits
        self._turns = Turns(limits.workers)
        self._answers = Answers()
        self._changed = threading.Condition()
        self._tickets: dict[str, Ticket] = {}
        self._slow_sessions: OrderedDict[str, None] = OrderedDict()
        self._workers: Workers = Zygote(limits) if forked else Fresh(limits)

    def submit(self, program: Program, session: str = NOBODY) -> Ticket:
        """Asks for a Trace; what the session asked for before is given up."""
        program = _as_text(program)
        ticket = Ticket(session, self._changed)
        if len(program.source) > self._limits.source:
            ticket.trace = failed(program, failures.too_long(len(program.source), self._limits))
            return ticket
        key = encode(program)
        with self._changed:
            answer = self._answers.get(key)
            if not answer and len(self._turns.waiting) >= MAX_WAITING:
                ticket.trace = failed(program, failures.too_many(MAX_WAITING))
                return ticket
            self._enter(ticket, None if answer else self._job(program, key, session))
        if answer:
            ticket.trace, ticket.text = decode(answer), answer
        return ticket

    def run(self, program: Program, session: str = NOBODY) -> Trace:
        """The program's Trace; blocks until there is one."""
        trace = self.submit(program, session).wait()
        assert trace is not None
        return trace

    def position(self, session: str) -> int | None:
        """0 while the session's program runs, 1 if it is next, ...; None if it has none."""
        with self._changed:
            ticket = self._tickets.get(session)
            return self._turns.place(ticket.job) if ticket and ticket.job else None

    def reached(self, session: str) -> int:
        """Steps of optimizers that the session's running program says it has done."""
        with self._changed:
            ticket = self._tickets.get(session)
            job = ticket.job if ticket else None
            return job.worker.reached if job and job.worker else 0

    def stop(self, session: str) -> None:
        """Ends what the session waits for; a program that others wait for too goes on for them."""
        with self._changed:
            ticket = self._tickets.get(session)
            if ticket and ticket.job:
                self._withdraw(ticket, ticket.job, failures.stopped())
                self._begin()

    def halt(self, session: str, seconds: float) -> Trace | None:
        """Ends it too, but with what the program has done so far, if that comes within `seconds`.

        None where the session waits for nothing.
        """
        with self._changed:
            ticket = self._tickets.get(session)
            job = ticket.job if ticket else None
            if ticket is None or job is None:
                return None
            alone = all(one.session == session for one in job.tickets)
            asked = alone and not job.over and job.worker is not None
            if asked and job.worker is not None:
                job.over = "asked"
                asked = job.worker.ask()
        if asked:
            ticket.wait(seconds)
        if ticket.trace is None:
            self.stop(session)
        return ticket.trace

    def ready(self, seconds: float) -> Ready | None:
        """What is known of the jail, waiting for it so long at most."""
        return self._workers.ready(seconds)

    @property
    def pid(self) -> int | None:
        """Process id of the present zygote."""
        return self._workers.pid

    def close(self) -> None:
        """Ends all processes; whoever waits is told."""
        self._workers.close()

    def _job(self, program: Program, key: bytes, session: str) -> Job:
        """The job that stands for this program, a new one at the end of the line if need be."""
        slow = session in self._slow_sessions
        job = self._turns.find(key)
        if job is None:
            job = Job(program, key)
            job.slow = slow
            self._turns.waiting.append(job)
        job.slow = job.slow and slow
        return job

    def _enter(self, ticket: Ticket, job: Job | None) -> None:
        """Puts the ticket in the place of the session's earlier one."""
        earlier = self._tickets.pop(ticket.session, None)
        if job is not None:
            job.tickets.append(ticket)
            ticket.job = job
            if ticket.session != NOBODY:
                self._tickets[ticket.session] = ticket
        if earlier is not None and earlier.job is not None and earlier.job is not job:
            self._withdraw(earlier, earlier.job, failures.replaced())
        self._begin()

    def _withdraw(self, ticket: Ticket, job: Job, failure: Failure) -> None:
        trace = failed(job.program, failure)
        for one in [one for one in job.tickets if one is ticket or one.session == ticket.session]:
            if one is ticket or ticket.session != NOBODY:
                job.tickets.remove(one)
                self._answer(one, trace)
        if not job.tickets:
            job.end("replaced")
            if job in self._turns.waiting:
                self._turns.waiting.remove(job)

    def _answer(self, ticket: Ticket, trace: Trace) -> None:
        ticket.trace, ticket.job = trace, None
        if self._tickets.get(ticket.session) is ticket:
            del self._tickets[ticket.session]
        self._changed.notify_all()

    def _begin(self) -> None:
        """Gives turns to as many as can have one."""
        while job := self._turns.begin():
            threading.Thread(target=self._serve, args=(job,), name="run", daemon=True).start()

    def _serve(self, job: Job) -> None:
        """One turn of one job, from its worker's birth to its end."""
        try:
            self._work(job)
        except NoWorkerError as fault:
            self._publish(job, failed(job.program, failures.no_worker(str(fault))))
        except Exception as fault:
            # Nothing catches it behind this thread, and somebody waits for an answer.
            log.exception("a run was lost")
            self._publish(job, failed(job.program, failures.no_worker(repr(fault))))
        with self._changed:
            self._turns.running.remove(job)
            if job.tickets:
                self._turns.wait_again(job)
            self._begin()

    def _work(self, job: Job) -> None:
        if missing := self._missing_locks():
            self._publish(job, failed(job.program, failures.unsafe(missing)))
            return
        worker = self._workers.begin()
        with self._changed:
            job.worker = worker
            if job.over:
                worker.stop(job.over)
        outcome = worker.answer(job.key, lambda: self._look_at_line(job))
        if outcome.answer is not None or job.over != "yield":
            self._publish(job, *self._trace(job, outcome))
        worker.wait_gone()

    def _missing_locks(self) -> list[str]:
        """In public mode, what the jail must stop and does not stop here."""
        if not self._limits.public:
            return []
        ready = self._workers.ready(LOADING)
        if ready is None:
            raise NoWorkerError("PyTorch's process does not start.")
        return [name for name, held in ready.held.items() if not held]

    def _look_at_line(self, job: Job) -> None:
        with self._changed:
            if self._turns.must_yield(job):
                for ticket in job.tickets:
                    self._remember(ticket.session, slow=True)
                job.end("yield")

    def _trace(self, job: Job, outcome: Outcome) -> tuple[Trace, bytes | None]:
        """The answer checked, and its text; or a failure in its place."""
        if outcome.answer is None and job.over == "asked":
            return failed(job.program, failures.stopped()), None
        if outcome.answer is None:
            failure = failures.no_answer(outcome.ended, outcome.complaints, self._limits)
            return failed(job.program, failure), None
        if self._limits.too_many(outcome.answer):
            return failed(job.program, failures.too_much(self._limits)), None
        try:
            trace = decode(outcome.answer)
            if trace.program != job.program:
                raise WireError("it answers another program")
            if trace.failure and trace.failure.kind == "stopped" and job.over != "asked":
                raise WireError("it says that it was stopped, and nobody did")
        except WireError as fault:
            return failed(job.program, failures.unreadable(str(fault))), None
        if trace.failure is None or trace.failure.kind not in FLEETING:
            with self._changed:
                self._answers.keep(job.key, outcome.answer)
        return trace, outcome.answer

    def _publish(self, job: Job, trace: Trace, text: bytes | None = None) -> None:
        """Gives all who asked the Trace, and remembers whose programs are slow."""
        with self._changed:
            job.over = "answered"
            slow = time.monotonic() - job.since > PATIENCE
            for ticket in job.tickets:
                self._remember(ticket.session, slow)
                ticket.text = text
                self._answer(ticket, trace)
            job.tickets.clear()

    def _remember(self, session: str, slow: bool) -> None:
        self._slow_sessions.pop(session, None)
        if slow and session != NOBODY:
            self._slow_sessions[session] = None
        if len(self._slow_sessions) > REMEMBERED:
            self._slow_sessions.popitem(last=False)


def _as_text(program: Program) -> Program:
    """The program without halves of surrogate pairs, which no text can carry."""
    words = {name: getattr(program, name) for name in ("source", "root", "gradient")}
    return msgspec.structs.replace(
        program,
        **{
            name: word.encode("utf-8", "replace").decode("utf-8")
            for name, word in words.items()
            if word is not None
        },
    )
