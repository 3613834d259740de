# dis lists the instructions of this runtime; what holds of every bytecode is tested.
import dis
import io


def loop(x):
    total = 0
    for i in range(x):
        try:
            total += len("constant") + i
        except TypeError:
            print(total)
    return total


instructions = list(dis.get_instructions(loop))
print(all(dis.opname[i.opcode] == i.opname and dis.opmap[i.opname] == i.opcode for i in instructions))
offsets = [i.offset for i in instructions]
print(offsets == sorted(set(offsets)), len(offsets) > 5)
first = loop.__code__.co_firstlineno
print(sorted({i.line_number - first for i in instructions if i.line_number} - {0}))
print(all(i.positions.lineno == i.line_number for i in instructions if i.positions.lineno))
values = [i.argval for i in instructions]
print("constant" in values, "range" in values, "TypeError" in values)
jumps = [i for i in instructions if i.jump_target is not None]
labelled = {i.offset for i in instructions if i.is_jump_target}
print(bool(jumps), {i.jump_target for i in jumps} <= labelled, set(dis.findlabels(loop.__code__.co_code)) <= labelled)
print(all(i.argval == i.jump_target for i in jumps))
print([line - first for _, line in dis.findlinestarts(loop.__code__) if line is not None][:3])

out = io.StringIO()
dis.dis(loop, file=out)
text = out.getvalue()
print(text.count("\n") > 10, "range" in text, "constant" in text, "ExceptionTable" in text, " to L" in text)
out = io.StringIO()
dis.dis(lambda: [x for x in ()], file=out, show_offsets=True)
print(bool(out.getvalue()))
out = io.StringIO()
dis.dis("def f(): return 1\nclass A:\n    def g(self): return f\n", file=out)
print(out.getvalue().count("Disassembly of"))
code = dis.Bytecode("a + b")
print(code.codeobj.co_names, [i.argval for i in code if i.argval in ("a", "b")], bool(code.dis()), code.info().splitlines()[0])
try:
    loop(None)
except TypeError as e:
    out = io.StringIO()
    dis.distb(e.__traceback__, file=out)
    print("-->" in out.getvalue())
try:
    dis.dis(5)
except TypeError as e:
    print(e)
print(bool(str(instructions[0])), loop.__code__._varname_from_oparg(0))
