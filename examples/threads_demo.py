"""Counts words of a made-up book on one thread and on several, into one shared dict, and checks that both agree.

    threadsnake examples/threads_demo.py [THREADS]
"""

import os
import sys
import threading
from time import perf_counter

CHAPTERS = 64
LINES = 160
VOCABULARY = ["snake", "thread", "lock", "loop", "trace", "guard", "frame", "shape", "heap", "slot", "call", "cell"]


class Chapter:
    """Text made from a number: the same on every run and every thread."""

    def __init__(self, number):
        self.number = number
        self.state = number * 2654435761 % 2**32

    def next_word(self):
        self.state = (self.state * 1103515245 + 12345) % 2**31
        return VOCABULARY[self.state // 65536 % len(VOCABULARY)]

    def lines(self):
        for _ in range(LINES):
            yield " ".join(self.next_word() for _ in range(12))


class WordCount:
    """A count of words that all threads share. Each thread adds a whole chapter at a time, under the lock."""

    def __init__(self):
        self.words = {}
        self.chapters = []
        self.lock = threading.Lock()

    def add_chapter(self, number):
        local = {}
        for line in Chapter(number).lines():
            for word in line.split():
                local[word] = local.get(word, 0) + 1
        with self.lock:
            for word, count in local.items():
                self.words[word] = self.words.get(word, 0) + count
        self.chapters.append(number)  # one operation: needs no lock


def count_words(threads):
    """Counts all chapters with so many threads; returns the counts and the seconds."""
    result = WordCount()
    todo = list(range(CHAPTERS))

    def work():
        while True:
            try:
                number = todo.pop()  # one operation: every chapter goes to exactly one thread
            except IndexError:
                return
            result.add_chapter(number)

    start = perf_counter()
    if threads == 1:
        work()
    else:
        workers = [threading.Thread(target=work) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    seconds = perf_counter() - start
    assert sorted(result.chapters) == list(range(CHAPTERS)), "a chapter was lost or counted twice"
    return result.words, seconds


def main():
    most = int(sys.argv[1]) if len(sys.argv) > 1 else max(2, os.cpu_count() or 2)
    expected, one = count_words(1)
    total = CHAPTERS * LINES * 12
    assert sum(expected.values()) == total
    print(f"1 thread:  {total} words, {len(expected)} different, {one * 1000:.0f} ms")
    for threads in sorted({2, most}):
        words, seconds = count_words(threads)
        assert words == expected, "threads disagree with one thread"
        print(f"{threads} threads: the same counts, {seconds * 1000:.0f} ms, {one / seconds:.2f} times as fast")
    commonest = max(expected, key=expected.get)
    print(f"most frequent: {commonest!r}, {expected[commonest]} times. All results are correct.")


main()
