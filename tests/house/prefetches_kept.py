"""The prefetches that the store's speed rests on are in the binary: g++ 12 once dropped them, and nothing else showed it.

Usage: prefetches_kept.py BINARY
See: ../../server/base/prefetch.h
"""
import re
import subprocess
import sys

# Functions that ask for lines ahead: entries before a group is executed, rehashed, evicted or expired.
WANTED = (
    'corral::net::Pipeline::run_group(',
    'corral::store::Index::prefetch_displaced(',
    'corral::store::Index::reinsert(',
    'corral::store::Table::take_dead(',
    'corral::store::Table::expire_group(',
)
HEADING = re.compile(r'^[0-9a-f]+ <(.*)>:$')
PREFETCH = re.compile(r'\t(prefetch|prfm)')


def functions_that_prefetch(binary):
    listing = subprocess.run(['objdump', '-d', '-C', '--no-show-raw-insn', binary], capture_output=True, text=True,
                             check=True, timeout=120).stdout
    found, current = set(), ''
    for line in listing.splitlines():
        if heading := HEADING.match(line):
            current = heading.group(1)
        elif PREFETCH.search(line):
            found.add(current)
    return found


def main():
    found = functions_that_prefetch(sys.argv[1])
    missing = [name for name in WANTED if not any(function.startswith(name) for function in found)]
    for name in missing:
        print(f'no prefetch left in {name})')
    return 1 if missing else 0


if __name__ == '__main__':
    sys.exit(main())
