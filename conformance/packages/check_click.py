import click
from click.testing import CliRunner


@click.group()
@click.option("--debug/--no-debug", default=False, help="Say more.")
@click.pass_context
def cli(ctx, debug):
    """A tool."""
    ctx.obj = debug


@cli.command()
@click.argument("names", nargs=-1, required=True)
@click.option("-n", "--count", type=click.IntRange(1, 3), default=1, show_default=True)
@click.option("--shout", type=click.Choice(["no", "yes"]), default="no")
@click.pass_obj
def greet(debug, names, count, shout):
    """Greets NAMES."""
    for _ in range(count):
        text = "hello " + ", ".join(names)
        click.echo(text.upper() if shout == "yes" else text)
    click.secho(f"debug={debug}", fg="red")


runner = CliRunner()
for args in (["--help"], ["greet", "--help"], ["--debug", "greet", "a", "b", "-n", "2", "--shout", "yes"],
             ["greet", "x", "-n", "9"], ["greet"], ["nothing"]):
    r = runner.invoke(cli, args)
    print(r.exit_code, r.output)
