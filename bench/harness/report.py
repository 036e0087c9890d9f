"""Tables for people, JSON for everything else, and the limits a figure is held against.

Usage: imported by the measurements of this folder.
See: README.md
"""
import json
import os
import statistics
import sys

from . import procfs


def median(values):
    return statistics.median(values) if values else float('nan')


def say(text):
    """Progress, on standard error."""
    print(f'bench: {text}', file=sys.stderr, flush=True)


def print_table(title, columns, rows):
    """First column to the left, the others to the right. Cells are text already."""
    table = [columns] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in table) for i in range(len(columns))]
    print(f'\n{title}')
    for number, row in enumerate(table):
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print('  ' + '  '.join(cells).rstrip())
        if number == 0:
            print('  ' + '  '.join('-' * width for width in widths))
    sys.stdout.flush()


class Limits:
    """Collects verdicts; a measurement is over its limit, within it, or has none."""

    def __init__(self):
        self.exceeded = []

    def verdict(self, what, value, limit):
        if limit is None or value is None or value != value:
            return ''
        if value <= limit:
            return f'<= {limit:g}'
        self.exceeded.append(f'{what}: {value:.4g} > {limit:g}')
        return f'OVER {limit:g}'


def write_json(folder, name, figures):
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f'{name}.json')
    with open(path, 'w') as file:
        json.dump({'measurement': name, 'machine': procfs.machine(), **figures}, file, indent=1)
        file.write('\n')
    say(f'figures written to {os.path.relpath(path)}')


def finish(limits, gate):
    """Exit status: limits only fail the program when it is asked to be a gate."""
    for line in limits.exceeded:
        say(f'over the limit: {line}')
    return 1 if gate and limits.exceeded else 0
