"""Argyris triangle: quintic, C¹, 21 unknowns; conforming, so its eigenvalues are upper bounds (min–max).

Unknowns: w, s∇w, s²D²w at the vertices, ℓ∂n w at the edge midpoints. Argyris, Fried & Scharpf, Aeronaut. J.
72, 701 (1968). The midpoint slope of a quintic along an edge, from value and two derivatives at its ends, is
15/8 (w₁−w₀) − 7/16 (w₀'+w₁') + 1/32 (w₁''−w₀'').
"""

from landscape.elements.base import make_element

ARGYRIS = make_element("argyris", degree=5, jet=6, along_edge=(15 / 8, -7 / 16, 1 / 32))
