import asyncio


async def work(n, log):
    for i in range(2):
        log.append((n, i))
        await asyncio.sleep(0)
    return n * 10


async def main():
    log = []
    print(await asyncio.gather(work(1, log), work(2, log)), log)
    t = asyncio.create_task(work(3, []))
    print(await t, t.done())
    try:
        await asyncio.wait_for(asyncio.sleep(10), 0.01)
    except TimeoutError:
        print("timeout")
    q = asyncio.Queue()

    async def producer():
        for i in range(3):
            await q.put(i)
        await q.put(None)

    async def consumer():
        out = []
        while (x := await q.get()) is not None:
            out.append(x)
        return out
    _, out = await asyncio.gather(producer(), consumer())
    print(out)
    try:
        async with asyncio.TaskGroup() as tg:
            tg.create_task(asyncio.sleep(5))
            tg.create_task(fail())
    except* ValueError as e:
        print("group", e.exceptions)
    lock = asyncio.Lock()
    async with lock:
        print(lock.locked())
    c = asyncio.create_task(asyncio.sleep(10))
    await asyncio.sleep(0)
    c.cancel()
    try:
        await c
    except asyncio.CancelledError:
        print("cancelled", c.cancelled())
    print(await asyncio.to_thread(lambda: "from thread"))
    return "done"


async def fail():
    raise ValueError("in task")


print(asyncio.run(main()))
