from chameleon import PageTemplate

t = PageTemplate("""<ul tal:condition="items"><li tal:repeat="i items" class="${'odd' if repeat.i.odd else 'even'}"
 tal:content="i">?</li></ul><p tal:attributes="title t" tal:omit-tag="False">${t}</p>""")
print(t(items=["a", "<b>"], t='x"y'))
