# Trees of xml.etree.ElementTree, whose nodes are native.
import copy, gc, io, pickle, threading, warnings, weakref
import xml.etree.ElementTree as ET
from xml.etree.ElementTree import Element, SubElement, TreeBuilder, XMLParser


def attempt(f, *args, **kw):
    try:
        return f(*args, **kw)
    except Exception as e:
        return f"{type(e).__name__}: {e}"


print(ET.SubElement.__module__, Element.__module__, Element is not ET._Element_Py)

# What an element is.
e = Element("a", {"x": "1"}, y="2")
print(e.tag, e.attrib, e.text, e.tail, len(e), hasattr(e, "__dict__"))
given = {"k": "v"}
f = Element("f", given)
given["k"] = "other"
print(f.attrib, attempt(Element), attempt(Element, "a", {}, 1), Element("q", attrib={"z": "0"}, w="1").attrib)
print(attempt(setattr, e, "foo", 1).split(":")[0], attempt(delattr, e, "text"), attempt(delattr, e, "attrib"))
print(e.get("x"), e.get("none"), e.get("none", 5), e.get(key="y", default=0), e.keys(), e.items())
e.set("z", "3")
print(e.attrib, Element("b").keys(), Element("b").items(), Element("b").attrib)
print(e == Element("a"), e == e, hash(e) == hash(e), repr(e).split(" at ")[0])
e.text = e
print(attempt(repr, Element(e)).split(" at ")[0])
loop = Element("l")
loop.tag = loop
print(attempt(repr, loop))

# As a sequence.
root = Element("root")
kids = [SubElement(root, "k", n=str(i)) for i in range(6)]
print(len(root), root[0] is kids[0], root[-1] is kids[5], [k.get("n") for k in root[1:5:2]])
print(attempt(lambda: root[6]), attempt(lambda: root["a"]), attempt(root.__setitem__, 9, e))
print([k.get("n") for k in root], kids[3] in root, e in root, [k.get("n") for k in reversed(root)])
root.insert(0, Element("first"))
root.insert(-100, Element("zeroth"))
root.insert(100, Element("last"))
root.remove(kids[2])
print([k.get("n", k.tag) for k in root])
print(attempt(root.remove, kids[2]).split(":")[0], attempt(root.append, "x").split(":")[0])
root[1:3] = [Element("new"), kids[2]]
del root[0], root[-1]
del root[::2]
root[0] = Element("put")
print([k.get("n", k.tag) for k in root])
root.extend(Element(t) for t in "abc")
print([k.tag for k in root], attempt(root.extend, [1]).split(":")[0], attempt(root.__setitem__, slice(0, 1), [5]))
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    print(bool(root), bool(Element("e")), [w.category.__name__ for w in seen])
root.clear()
print(len(root), root.text, root.attrib)

# Searches.
doc = ET.XML(
    '<r xmlns:n="urn:n"><a>1</a><b i="1">two<c/>tail</b><n:a>3</n:a><a>4<d><a>deep</a></d></a></r>'
)
print(doc.find("a").text, doc.find("x"), doc.findtext("a"), doc.findtext("x", "no"), doc.findtext("b/c"))
print([x.text for x in doc.findall("a")], [x.text for x in doc.findall(".//a")], [x.text for x in doc.iterfind("*")])
print(doc.find("n:a", {"n": "urn:n"}).text, doc.find("{urn:n}a").text, doc.find("{*}b").get("i"), doc.find(path="b[@i='1']").text)
print([x.tag for x in doc.iter()], [x.text for x in doc.iter("a")], list(doc.itertext()), list(doc.iter("*")) == list(doc.iter()))
it = doc.iter()
next(it)
doc.insert(0, Element("added"))
print(next(it).tag, next(it).tag)

# Copies.
doc.set("list", "v")
shallow, deep = copy.copy(doc), copy.deepcopy(doc)
print(ET.tostring(shallow) == ET.tostring(doc) == ET.tostring(deep), shallow[0] is doc[0], deep[0] is doc[0], shallow.attrib is doc.attrib)
back = pickle.loads(pickle.dumps(doc))
print(ET.tostring(back) == ET.tostring(doc), doc.__getstate__().keys(), attempt(Element("x").__setstate__, {}))


class Mine(Element):
    def __init__(self, tag, attrib={}):
        super().__init__(tag, attrib, made="mine")
        self.extra = 1


m = Mine("m")
SubElement(m, "child")
print(m.attrib, m.extra, type(copy.copy(m)).__name__, type(m.makeelement("z", {})).__name__, type(m[0]).__name__)

# Building.
b = TreeBuilder(insert_comments=True, insert_pis=True)
b.data("ignored")
b.start("r", {})
b.data("one")
b.data(" two")
b.comment("c")
b.data("after")
b.pi("target", "text")
b.start("s", {"k": "v"})
b.end("s")
b.data("tail")
print(b.end("r").tag, ET.tostring(b.close()), attempt(b.end, "r"), attempt(b.start, "x", {}))
print(TreeBuilder().close(), TreeBuilder(element_factory=Mine).start("t", {}).attrib, attempt(TreeBuilder().start, "a", 3))

# Parsing.
for text in ["<a>", "<a></b>", "<a b='1' b='2'/>", "<a>&x;</a>", "", "foo", "foobar<", "<a/><b/>", "<a b=1/>", "<a>\x01</a>", "<p:a/>"]:
    try:
        ET.fromstring(text)
    except ET.ParseError as err:
        print(repr(text), err, err.code, err.position)
p = XMLParser()
p.entity["x"] = "entity"
p.feed('<!DOCTYPE a [<!ENTITY y "why">]><a>&y;&amp;&#65;<![CDATA[<&>]]>\r\n</a>')
print(repr(p.close().text), attempt(p.feed, "<a/>"))
p = XMLParser()
p.entity["x"] = "entity"
p.feed('<!DOCTYPE a SYSTEM "a.dtd"><a>&x;!</a>')
print(p.close().text)


class Target:
    def __init__(self):
        self.seen = []

    def __getattr__(self, name):
        if name in ("start", "end", "data", "comment", "pi", "doctype", "start_ns", "end_ns"):
            return lambda *args: self.seen.append((name, *args))
        raise AttributeError(name)

    def close(self):
        return self.seen


p = XMLParser(target=Target())
for c in '<!DOCTYPE r PUBLIC "p" "s"><r xmlns="u" xmlns:q="v"><!--c--><?t d?>x\ny<q:e a="1" q:b="2&lt;"/></r>':
    p.feed(c)
for event in p.close():
    print(event)
print(attempt(XMLParser, 3), attempt(XMLParser, encoding=3), attempt(XMLParser.__new__(XMLParser).feed, "x"))
for data in ['<a>\u20ac</a>'.encode("utf-16"), b'<?xml version="1.0" encoding="latin-1"?><a>\xe9</a>', b"\xef\xbb\xbf<a>bom</a>"]:
    print(ascii(ET.fromstring(data).text), ascii(ET.parse(io.BytesIO(data)).getroot().text))

pull = ET.XMLPullParser(["start", "end", "comment", "pi", "start-ns", "end-ns"])
pull.feed('<a xmlns:n="u"><!--c--><?p q?><b>')
print([(k, getattr(v, "text" if k in ("comment", "pi") else "tag", v)) for k, v in pull.read_events()])
pull.feed("</b></a>")
print([(k, getattr(v, "tag", v)) for k, v in pull.read_events()])
print([(k, v.tag, v.text) for k, v in ET.iterparse(io.StringIO("<a>1<b>2</b><c/></a>"), ["start", "end"])][-1])
print(attempt(ET.XMLPullParser, ["bad"]))
print(ET.canonicalize("<a  z='1' b='2'><c/>t</a>"))
tree = ET.ElementTree(ET.XML("<a><b><c/></b><d/></a>"))
ET.indent(tree)
print(ET.tostring(tree.getroot()).decode())

# Deep trees, cycles.
deep = at = Element("d")
for _ in range(100000):
    at = SubElement(at, "d")
print(sum(1 for _ in deep.iter()))
del deep, at
a, b = Element("a"), Element("b")
a.append(b)
b.append(a)
watch = weakref.ref(a)
del a, b
gc.collect()
print(watch())

# Threads.
shared = Element("s")


def work(n):
    for i in range(500):
        SubElement(shared, f"t{n}", i=str(i)).text = "x"
        shared.set(f"k{n}", str(i))
        len(list(shared.iter(f"t{n}")))


threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(len(shared), sorted(shared.items()), [len(shared.findall(f"t{n}")) for n in range(4)])
