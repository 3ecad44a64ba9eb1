"""The steps of a long job as they happen: a live table on a terminal, plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table

MARKS = {"done": "[green]✓[/]", "failed": "[red]✗[/]", "waiting": "[dim]·[/]"}
PLAIN_MARKS = {"done": "ok", "failed": "FAILED"}


@dataclass(slots=True)
class Step:
    """One step: its state is waiting, running, done or failed."""

    name: str
    state: str = "waiting"
    text: str = ""
    began: float = 0.0
    seconds: float = 0.0

    def say(self, text: str) -> None:
        """Change the text beside the step."""
        self.text = text

    def fail(self, text: str) -> None:
        """Mark the step as failed; the job goes on."""
        self.state, self.text = "failed", text


@dataclass(slots=True)
class Steps:
    """All steps of a job, in order."""

    console: Console
    names: tuple[str, ...]
    steps: dict[str, Step] = field(init=False)
    spinner: Spinner = field(init=False)

    def __post_init__(self) -> None:
        self.steps = {name: Step(name) for name in self.names}
        self.spinner = Spinner("dots")

    def __rich__(self) -> Table:
        table = Table.grid(padding=(0, 2))
        for step in self.steps.values():
            running = step.state == "running"
            seconds = perf_counter() - step.began if running else step.seconds
            mark = self.spinner if running else MARKS[step.state]
            table.add_row(mark, step.name, f"{seconds:5.1f} s" if step.state != "waiting" else "", step.text)
        return table

    @contextmanager
    def shown(self) -> Iterator["Steps"]:
        """Show the table while the block runs."""
        if not self.console.is_terminal:
            yield self
            return
        with Live(self, console=self.console, refresh_per_second=8):
            yield self

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Run one step; an exception marks it as failed and goes on up."""
        step = self.steps[name]
        step.state, step.began = "running", perf_counter()
        try:
            yield step
        except BaseException:
            step.state = "failed"
            raise
        finally:
            step.seconds = perf_counter() - step.began
            if step.state == "running":
                step.state = "done"
            if not self.console.is_terminal:
                line = f"{PLAIN_MARKS[step.state]:6} {step.name:17} {step.seconds:6.1f} s  {step.text}"
                self.console.print(line, markup=False, highlight=False, soft_wrap=True)
