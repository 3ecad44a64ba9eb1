"""How output looks: colours and lines on a terminal, plain aligned text in a pipe."""

import sys

from rich import box
from rich.console import Console
from rich.table import Table

PIPE_WIDTH = 200
"""Columns when nobody looks: wide enough that no row is folded."""


def console() -> Console:
    """Standard output."""
    return Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, width=PIPE_WIDTH)


def table(output: Console, *columns: str, right: tuple[str, ...] = ()) -> Table:
    """An empty table with a header; the columns in ``right`` are numbers."""
    made = Table(box=box.SIMPLE_HEAD if output.is_terminal else None, pad_edge=output.is_terminal)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return made


def pairs(output: Console, rows: list[tuple[str, str]]) -> None:
    """Print names and values, one line each."""
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        output.print(f"{name:{width}}  {value}", markup=False, soft_wrap=True)
