def numbers(n):
    total = yield n
    yield from range(total)
    return (i * n for i in numbers(total))

async def fetch(urls):
    async for u in urls:
        async with u as r:
            yield await r
