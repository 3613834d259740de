"""Results of the benchmark programs that can be compared between runtimes.

Each function gets the benchmark's own module after its first iteration, and returns a text that has to be the same
on every runtime. Programs that check themselves (deltablue, hexiom, mdp, crypto_pyaes, pyflate, meteor_contest,
regex_dna, generators, gc_collect, gc_traversal) raise in their own code and need nothing here; programs whose
measured function returns plain data are compared by that.
"""

_checks = {}


def check(*programs):
    def register(function):
        for program in programs:
            _checks[program] = function
        return function
    return register


def result_of(program, module):
    function = _checks.get(program)
    return None if function is None else function(module)


@check("richards", "richards_super")
def check_richards(m):
    return repr(m.Richards().run(1))


@check("nbody")
def check_nbody(m):
    # One iteration has moved the bodies by a known number of steps.
    return repr(m.report_energy())


@check("float")
def check_float(m):
    return repr(m.benchmark(100))


@check("spectral_norm")
def check_spectral_norm(m):
    return repr(m.eval_AtA_times_u([1] * 20))


@check("raytrace")
def check_raytrace(m):
    canvas = m.Canvas(24, 18)
    scene = m.Scene()
    scene.addLight(m.Point(30, 30, 10))
    scene.lookAt(m.Point(0, 3, 0))
    scene.addObject(m.Sphere(m.Point(1, 3, -10), 2), m.SimpleSurface(baseColour=(1, 1, 0)))
    scene.addObject(m.Halfspace(m.Point(0, 0, 0), m.Vector.UP), m.CheckerboardSurface())
    scene.render(canvas)
    return repr(list(canvas.bytes))


@check("chaos")
def check_chaos(m):
    import random
    state = random.getrandbits(48)
    spline = m.Spline([m.GVector(0.5, 1.5, 0), m.GVector(1.25, 0.25, 0), m.GVector(2.0, 3.0, 0),
                       m.GVector(2.5, 0.75, 0)], 3, [0, 0, 0, 1, 1, 1])
    points = [spline(i / 16) for i in range(17)]
    return repr([state] + [(p.x, p.y, p.z) for p in points])


@check("go")
def check_go(m):
    import random
    return repr((m.versus_cpu(), random.random()))


@check("nqueens")
def check_nqueens(m):
    return repr(list(m.n_queens(6)))


@check("scimark_sor")
def check_scimark_sor(m):
    grid = m.Array2D(8, 8)
    for x in range(8):
        for y in range(8):
            grid[x, y] = 1.0 / (x + y + 1)
    m.SOR_execute(1.25, grid, 5, m.Array2D)
    return repr([grid[x, y] for x in range(8) for y in range(8)])


@check("scimark_sparse_mat_mult")
def check_scimark_sparse_mat_mult(m):
    x = m.Random(7).RandomVector(6)
    y = m.array("d", [0]) * 3
    value = m.Random(11).RandomVector(6)
    m.SparseCompRow_matmult(3, y, value, [0, 2, 4, 6], [0, 3, 1, 4, 2, 5], x, 2)
    return repr(list(y))


@check("scimark_monte_carlo")
def check_scimark_monte_carlo(m):
    return repr(m.MonteCarlo(1000))


@check("scimark_lu")
def check_scimark_lu(m):
    rnd = m.Random(7)
    a = rnd.RandomMatrix(m.ArrayList(6, 6))
    lu, pivot = m.ArrayList(6, 6), m.array("i", [0]) * 6
    lu.copy_data_from(a)
    m.LU_factor(lu, pivot)
    return repr([[lu[(x, y)] for x in range(6)] for y in range(6)] + list(pivot))


@check("scimark_fft")
def check_scimark_fft(m):
    x = m.Random(7).RandomVector(64)
    m.FFT_transform(64, x)
    return repr(list(x))


@check("coroutines")
def check_coroutines(m):
    coroutine = m.fibonacci(15)
    try:
        while True:
            coroutine.send(None)
    except StopIteration as stop:
        return repr(stop.value)


@check("comprehensions")
def check_comprehensions(m):
    tray = m.WidgetTray(1, m.make_some_widgets())
    return repr([w.widget_id for w in tray.sorted_widgets])


@check("barnes_hut")
def check_barnes_hut(m):
    particles = m.create_deterministic_galaxy(20, 500, 400)
    for _ in range(5):
        m.advance_system(particles, 0.5, m.TIME_STEP, 1000, 800)
    return repr(m.calculate_system_energy(particles))


@check("regex_compile")
def check_regex_compile(m):
    return repr([(regex, int(flags)) for regex, flags in m.capture_regexes()])


@check("regex_effbot")
def check_regex_effbot(m):
    import re
    data = m.bench_regex_effbot.data or m.init_benchmarks()
    found = []
    for regex, string in data:
        match = re.search(regex, string)
        found.append(match and match.span())
    return repr(found)


@check("json_dumps")
def check_json_dumps(m):
    import json
    return json.dumps([getattr(m, case)[0] for case in m.CASES])


@check("json_loads")
def check_json_loads(m):
    import json
    return repr(json.loads(m.json_dict)) + repr(json.loads(m.json_tuple)) + repr(json.loads(m.json_dict_group))


@check("deepcopy")
def check_deepcopy(m):
    import copy
    inner = [1, 2]
    one = {"a": (inner, inner), "b": [inner], "c": m.A("x", [3], False)}
    two = copy.deepcopy(one)
    return repr((two["a"], two["b"], two["c"], two["a"][0] is two["b"][0], two["a"][0] is inner))


@check("typing_runtime_protocols")
def check_typing_runtime_protocols(m):
    protocols = [m.HasX, m.HasManyAttributes, m.SupportsInt, m.SupportsManyMethods, m.SupportsIntAndX]
    classes = [m.Empty, m.PropertyX, m.HasIntMethod, m.HasManyMethods, m.PropertyXWithInt, m.ClassVarX,
               m.InstanceVarX, m.NominalX, m.NominalSupportsInt]
    return repr([[isinstance(c(), p) for c in classes] for p in protocols])


@check("tomli_loads")
def check_tomli_loads(m):
    return repr(m.tomli.loads(m.DATA_FILE.read_text("utf-8")))


@check("sqlglot_v2_parse")
def check_sqlglot_v2_parse(m):
    return m.parse_one(m.SQL).sql(pretty=True)


@check("sqlglot_v2_transpile")
def check_sqlglot_v2_transpile(m):
    return repr(m.transpile(m.SQL, write="spark"))


@check("sqlglot_v2_optimize")
def check_sqlglot_v2_optimize(m):
    return m.optimize(m.parse_one(m.SQL), m.TPCH_SCHEMA).sql()


@check("sqlglot_v2_normalize")
def check_sqlglot_v2_normalize(m):
    return m.normalize.normalize(m.parse_one("(A AND B) OR (C AND D) OR (E AND F)")).sql()


@check("bpe_tokeniser")
def check_bpe_tokeniser(m):
    enc = m.SimpleBytePairEncoding.train("the cat sat on the mat, the cat sat " * 20, vocab_size=264,
                                         pat_str=r" ?[a-z]+| ?[^\sa-z]+|\s+")
    return repr(enc.encode("the cat sat"))
