"""A trace function that is set in a call made while the caller is being recorded is told of what comes next."""

import sys


def watched():
    x = 1
    return x


def begin_and_call(events):
    def trace(frame, event, arg):
        events.append(event)
        return trace

    sys.settrace(trace)
    watched()
    sys.settrace(None)
    return events


def outer(events):
    return begin_and_call(events)


print({tuple(outer([])) for _ in range(60)})


def count(calls):
    sys.setprofile(lambda frame, event, arg: calls.append(event))
    watched()
    sys.setprofile(None)
    return calls


def outer_count(calls):
    return count(calls)


print({tuple(outer_count([])) for _ in range(60)})
