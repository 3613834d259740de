import asyncio


async def nothing():
    pass


async def pause():
    await asyncio.sleep(0)


def run(coroutine):
    with asyncio.Runner() as runner:
        return runner.run(coroutine)


def tasks():
    async def main():
        await asyncio.gather(*(pause() for _ in range(500)))

    run(main())


def one_after_another():
    async def main():
        for _ in range(200):
            await asyncio.create_task(nothing())

    run(main())


def futures():
    async def main():
        loop = asyncio.get_running_loop()
        for n in range(300):
            f = loop.create_future()
            loop.call_soon(f.set_result, n)
            await f

    run(main())


def queue():
    async def main():
        q = asyncio.Queue(10)

        async def produce():
            for n in range(300):
                await q.put(n)

        task = asyncio.create_task(produce())
        for _ in range(300):
            await q.get()
        await task

    run(main())


def groups_and_locks():
    async def main():
        lock = asyncio.Lock()

        async def work():
            async with lock:
                await asyncio.sleep(0)

        async with asyncio.TaskGroup() as group:
            for _ in range(200):
                group.create_task(work())

    run(main())


def timeouts():
    async def main():
        for _ in range(100):
            async with asyncio.timeout(10):
                await asyncio.sleep(0)

    run(main())
