import io

from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table
from rich.tree import Tree

out = io.StringIO()
console = Console(file=out, width=60, force_terminal=True, color_system="truecolor", legacy_windows=False)
table = Table(title="T")
table.add_column("a", justify="right")
table.add_column("b", style="red")
table.add_row("1", "[bold]two[/bold]")
console.print(table)
console.print(Markdown("# Head\n\n- a\n- *b*\n"))
tree = Tree("root")
tree.add("x").add("y")
console.print(tree)
console.print({"k": [1, 2.5, None, "s"]})
print(out.getvalue())
