from markupsafe import Markup, escape

print(escape("<a href='x'>&\"</a>"), Markup("<b>%s</b>") % "<i>", Markup("<p>a</p>").striptags())
print(repr(Markup("a") + "<"), Markup("&lt;&#39;&amp;").unescape(), Markup("{0:>4}|{x}").format("<", x=Markup("<i>")))
