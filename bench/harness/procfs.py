"""What the kernel knows about a process: run time, user and system time, memory, preemptions.

Usage: imported by the measurements of this folder.
See: README.md
"""
import os
from dataclasses import dataclass

TICKS_PER_S = os.sysconf('SC_CLK_TCK')


@dataclass
class CpuTime:
    run_us: float      # scheduler run time of all threads
    user_ticks: int
    system_ticks: int
    preempted: int     # times a thread was taken off the core although it wanted to run


def cpu_time(pid):
    run_ns, preempted = 0, 0
    for thread in os.listdir(f'/proc/{pid}/task'):
        try:
            with open(f'/proc/{pid}/task/{thread}/schedstat') as file:
                run_ns += int(file.read().split()[0])
            with open(f'/proc/{pid}/task/{thread}/status') as file:
                preempted += int(file.read().rsplit('nonvoluntary_ctxt_switches:', 1)[1].split()[0])
        except FileNotFoundError:
            pass  # a thread that has just ended
    with open(f'/proc/{pid}/stat') as file:
        fields = file.read().rsplit(')', 1)[1].split()
    return CpuTime(run_ns / 1e3, int(fields[11]), int(fields[12]), preempted)


@dataclass
class CpuShare:
    run_us: float
    user_share: float  # of the run time
    ticks: int         # how many samples that share rests on
    preempted: int


def cpu_between(before, after):
    user = after.user_ticks - before.user_ticks
    ticks = user + after.system_ticks - before.system_ticks
    return CpuShare(after.run_us - before.run_us, user / ticks if ticks else 0.0, ticks,
                    after.preempted - before.preempted)


def resident_bytes(pid):
    """Summed over the mappings: the counter in `status` lags behind by some pages per thread."""
    with open(f'/proc/{pid}/smaps_rollup') as file:
        for line in file:
            if line.startswith('Rss:'):
                return int(line.split()[1]) * 1024
    raise RuntimeError(f'/proc/{pid}/smaps_rollup has no Rss')


def cores():
    """(core of the server, core of the client); the same one when there is only one."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[1] if len(usable) > 1 else usable[0]


def machine():
    model = ''
    with open('/proc/cpuinfo') as file:
        for line in file:
            if line.startswith('model name'):
                model = line.split(':', 1)[1].strip()
                break
    return {'cpu': model, 'cores': len(os.sched_getaffinity(0)), 'kernel': os.uname().release,
            'load_average_1min': os.getloadavg()[0]}
