from markdown_it import MarkdownIt

md = MarkdownIt("commonmark").enable("table")
print(md.render("# A *b*\n\n1. x\n   - y `z`\n\n> q\n\n|a|b|\n|-|:-|\n|1|2|\n\n<b>[l](u \"t\")</b>\n\n```py\nx<1\n```\n"))
print([(t.type, t.tag, t.nesting) for t in md.parse("a\n\n***\n")])
