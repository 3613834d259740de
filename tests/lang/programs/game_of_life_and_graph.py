from collections import defaultdict, deque
import heapq


def step(cells):
    around = defaultdict(int)
    for x, y in cells:
        for dx in (-1, 0, 1):
            for dy in (-1, 0, 1):
                if dx or dy:
                    around[x + dx, y + dy] += 1
    return {c for c, n in around.items() if n == 3 or n == 2 and c in cells}


glider = {(1, 0), (2, 1), (0, 2), (1, 2), (2, 2)}
for _ in range(40):
    glider = step(glider)
print(sorted(glider))
graph = {"a": {"b": 7, "c": 3}, "b": {"d": 2}, "c": {"b": 1, "d": 8}, "d": {}}


def dijkstra(start):
    dist = {start: 0}
    heap = [(0, start)]
    while heap:
        d, n = heapq.heappop(heap)
        if d > dist[n]:
            continue
        for m, w in graph[n].items():
            if d + w < dist.get(m, float("inf")):
                dist[m] = d + w
                heapq.heappush(heap, (d + w, m))
    return dist


print(dijkstra("a"))


def bfs(maze, start, goal):
    todo, came = deque([start]), {start: None}
    while todo:
        x, y = pos = todo.popleft()
        if pos == goal:
            path = []
            while pos:
                path.append(pos)
                pos = came[pos]
            return path[::-1]
        for n in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
            if n not in came and 0 <= n[1] < len(maze) and 0 <= n[0] < len(maze[0]) and maze[n[1]][n[0]] != "#":
                came[n] = pos
                todo.append(n)


maze = ["..#.", "..#.", "....", "#..."]
print(bfs(maze, (0, 0), (3, 0)))


def topo(deps):
    done, order = set(), []

    def visit(n, path=()):
        if n in path:
            raise ValueError("cycle: " + " ".join(path + (n,)))
        if n not in done:
            for d in deps.get(n, ()):
                visit(d, path + (n,))
            done.add(n)
            order.append(n)
    for n in deps:
        visit(n)
    return order


print(topo({"app": ["lib", "log"], "lib": ["core"], "log": ["core"]}))
try:
    topo({"a": ["b"], "b": ["a"]})
except ValueError as e:
    print(e)
