import networkx as nx

g = nx.Graph()
g.add_weighted_edges_from([("a", "b", 1), ("b", "c", 2), ("a", "c", 5), ("c", "d", 1)])
print(nx.shortest_path(g, "a", "d", weight="weight"), nx.shortest_path_length(g, "a", "d", weight="weight"))
print(sorted(map(sorted, nx.minimum_spanning_edges(g, data=False))), nx.density(g))
d = nx.DiGraph([(1, 2), (2, 3), (1, 3), (3, 4)])
print(list(nx.topological_sort(d)), nx.is_directed_acyclic_graph(d), sorted(nx.descendants(d, 2)))
print(sorted(len(c) for c in nx.connected_components(nx.path_graph(4))), nx.diameter(nx.cycle_graph(7)))
print(sorted(nx.degree_centrality(g).items()), nx.is_bipartite(nx.cycle_graph(4)))
