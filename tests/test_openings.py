import numpy as np

from landscape.topography import dendrogram, find_regions, grid_surface, openings


def strip(profile):
    image = np.array([profile, profile], dtype=float)
    return grid_surface(image, np.ones(image.shape, bool), np.arange(len(profile)), np.arange(2))


def test_opens_at_the_highest_pass_into_the_neighbour_across():
    regions = find_regions(strip([0, 10, 2, 8, 5, 9, 0, 4, 0]))  # regions by height: 10, 9, 8, 4
    assert openings(regions) == ((2.0, 5.0, 5.0, None), (3, 3, 2, None))


def test_dendrogram_joins_highest_pass_first():
    tree = dendrogram(find_regions(strip([0, 10, 2, 8, 5, 9, 0, 4, 0])))
    assert tree.joins.tolist() == [[1, 2], [0, 4]]
    assert tree.values.tolist() == [5.0, 2.0]
    assert tree.leaves == (1, 2, 3, 4)


def test_branches_do_not_cross():
    tree = dendrogram(find_regions(strip([0, 9, 6, 7, 1, 10, 5, 8, 0])))  # {9, 7} and {10, 8}
    members = {n: {n + 1} for n in range(4)}
    for m, (left, right) in enumerate(tree.joins.tolist()):
        members[4 + m] = members[left] | members[right]
        places = sorted(tree.leaves.index(leaf) for leaf in members[4 + m])
        assert places == list(range(places[0], places[0] + len(places)))
    assert (np.diff(tree.values) <= 0).all()


def test_a_loop_of_passes_joins_only_once():
    axis = np.linspace(-2, 2, 81)
    x, y = np.meshgrid(axis, axis)
    image = sum(
        h * np.exp(-((x - a) ** 2 + (y - b) ** 2) / 0.4)
        for h, a, b in ((1, -1, -1), (0.9, 1, -1), (0.8, 1, 1), (0.7, -1, 1))
    )
    regions = find_regions(grid_surface(image, np.ones(image.shape, bool), axis, axis))
    assert regions.count == 4
    assert len(regions.between) == 4
    assert len(dendrogram(regions).joins) == 3


def test_one_region_alone():
    regions = find_regions(strip([0, 1, 0]))
    assert openings(regions) == ((None,), (None,))
    tree = dendrogram(regions)
    assert (tree.leaves, tree.joins.shape, tree.values.shape) == ((1,), (0, 2), (0,))
