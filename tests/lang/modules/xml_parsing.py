# XML: the parser's handlers, and what stands on it.
import io
import xml.etree.ElementTree as ET
import xml.sax
from xml.dom import minidom
from xml.parsers import expat

DOC = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE r [
<!ENTITY e "ent &#65; <b/>">
<!ELEMENT r (a|b)*>
<!ATTLIST a k CDATA "dflt" n NMTOKEN #IMPLIED>
<!NOTATION pic SYSTEM "viewer">
]>
<r xmlns:p="urn:x"><!-- c --><a k='1&lt;2' p:z="q"/>t&amp;u\n<b><![CDATA[<raw>]]></b><?pi data?>&e;<a/></r>
"""


def run(separator=None, **switches):
    p = expat.ParserCreate(None, separator)
    for name, value in switches.items():
        setattr(p, name, value)
    for name in dir(p):
        if name.endswith("Handler") and not name.startswith(("Default", "ExternalEntity", "NotStandalone")):
            setattr(p, name, lambda *a, name=name: print("   ", name[:-7], *a))
    p.Parse(DOC.encode(), True)
    print(p.CurrentLineNumber, p.ErrorCode)


run(buffer_text=True, ordered_attributes=True)
run("|", specified_attributes=True)
for bad in ("<a></b>", "<a>&x;</a>", "", "<a/><b/>", "<a", "<a b='1' b='2'/>", "<a>\n &</a>", "<a>]]></a>", "x", "<a><b></a>", "<a>&#0;</a>", "<p:a/>",
            '<!DOCTYPE a [<!ENTITY x "&y;"><!ENTITY y "&x;">]><a>&x;</a>'):
    try:
        expat.ParserCreate(namespace_separator=" ").Parse(bad, True)
        print("fine")
    except expat.ExpatError as e:
        print(repr(bad), e, (e.code, e.lineno, e.offset), expat.ErrorString(e.code))

root = ET.fromstring("<r a='1'><c>x</c>tail<c b='2'/><n:q xmlns:n='u'>é</n:q></r>")
print(ET.tostring(root), [c.get("b") for c in root.iter("c")], root.find("{u}q").text)
try:
    ET.fromstring("<a><b></a>")
except ET.ParseError as e:
    print(e, e.position)
print([(e, x.tag) for e, x in ET.iterparse(io.BytesIO(b"<a><b/><c/></a>"), events=("start", "end"))])
pull = ET.XMLPullParser(["end"])
for piece in ("<a", "><b>t", "</b></", "a>"):
    pull.feed(piece)
    print([x.tag for _, x in pull.read_events()])
d = minidom.parseString(DOC)
print(d.documentElement.toxml(), d.doctype.name, d.doctype.internalSubset is not None)


class Handler(xml.sax.ContentHandler):
    def startElement(self, name, attrs):
        print("start", name, dict(attrs))

    def characters(self, content):
        print("text", repr(content))


xml.sax.parseString(b"<a x='1'>b<c/></a>", Handler())
for encoding in ("utf-16", "iso-8859-1", "cp1252"):
    text = f"<?xml version='1.0' encoding='{encoding}'?><a>é</a>"
    print(encoding, ET.fromstring(text.encode(encoding)).text)
