import html5lib
from html5lib import serializer, treewalkers

tree = html5lib.parse("<p>one<b>two<i>three</b>four</i><table><td>x<li>y&eacute;&lt;", namespaceHTMLElements=False)
walker = treewalkers.getTreeWalker("etree")
print("".join(serializer.HTMLSerializer(omit_optional_tags=False).serialize(walker(tree))))
print([e.tag for e in tree.iter()])
