import sqlglot
from sqlglot import exp, optimizer, parse_one

sql = "SELECT a, COUNT(*) AS n FROM t JOIN u USING (id) WHERE a > 1 AND (b IS NULL OR c IN (1, 2)) GROUP BY a HAVING n > 2"
tree = parse_one(sql)
print(tree.sql(pretty=True))
print(sqlglot.transpile("SELECT IFNULL(x, 1), DATE_ADD(d, INTERVAL 1 DAY)", read="mysql", write="postgres")[0])
print([c.name for c in tree.find_all(exp.Column)])
print(optimizer.optimize("SELECT a FROM (SELECT a, b FROM x) AS y WHERE a = 1 + 1", schema={"x": {"a": "INT", "b": "INT"}}).sql())
try:
    parse_one("SELECT FROM WHERE")
except sqlglot.ParseError as e:
    print(type(e).__name__)
