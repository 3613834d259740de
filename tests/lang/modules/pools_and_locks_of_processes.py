# multiprocessing: pools, queues, locks and pipes over processes that are started in each of the three ways.
import multiprocessing
import multiprocessing.pool
import sys
import warnings

warnings.simplefilter("ignore")


def double(n):
    return 2 * n


def fail(n):
    raise ValueError(n)


def add(lock, queue, n):
    with lock:
        queue.put(n)


def answer(pipe):
    pipe.send([pipe.recv(), "answered"])
    pipe.close()


def main():
    print(multiprocessing.get_all_start_methods())
    for method in "fork", "spawn", "forkserver":
        context = multiprocessing.get_context(method)
        here, there = context.Pipe()
        process = context.Process(target=answer, args=(there,))
        process.start()
        here.send("asked")
        print(method, here.recv())
        process.join()
        print(process.exitcode, process.is_alive())
    context = multiprocessing.get_context("fork")
    with context.Pool(2) as pool:
        print(list(pool.imap(double, range(10), 3)), pool.map(double, [7]), pool.apply(double, (4,)))
        try:
            pool.apply(fail, (3,))
        except ValueError as e:
            print(repr(e))
    lock, queue = context.Lock(), context.Queue()
    processes = [context.Process(target=add, args=(lock, queue, n)) for n in range(3)]
    for process in processes:
        process.start()
    print(sorted(queue.get() for _ in processes))
    for process in processes:
        process.join()
    with multiprocessing.pool.ThreadPool(2) as pool:
        print(list(pool.imap(double, range(5), 2)))

    lock, again, few = context.Lock(), context.RLock(), context.BoundedSemaphore(2)
    print(lock.acquire(), lock.acquire(False), lock.acquire(timeout=0.01), lock.release(), lock.acquire())
    print(again.acquire(), again.acquire(), again.release(), again.release())
    print(few.acquire(), few.acquire(), few.acquire(block=False), few.get_value(), few.release(), few.release())
    for wrong in again.release, few.release:
        try:
            wrong()
        except (AssertionError, ValueError) as e:
            print(type(e).__name__, e)
    event, condition = context.Event(), context.Condition()
    print(event.is_set(), event.wait(0.01), event.set(), event.wait())
    with condition:
        print(condition.wait(0.01))


if __name__ == "__main__":
    main()
