"""Plate elements on scikit-fem's meshes and numbering, with kernels of our own.

``reference`` (polynomials) -> ``base`` (the family: jets at vertices, slopes at edges) -> ``argyris``, ``morley``;
``boundary`` (where edges run and bend) -> ``supports`` (what they leave free), ``curved`` (integrals under arcs) ->
``space`` (an element on a mesh under its supports).
"""
