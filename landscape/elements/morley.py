"""Morley triangle: quadratic, non-conforming, 6 unknowns; the element of the guaranteed lower bounds.

Unknowns: w at the vertices, ℓ∂n w at the edge midpoints; the Hessian is constant, so stiffness and mass are
closed forms. Morley, Aeronaut. Q. 19, 149 (1968), doi:10.1017/S0001925900004546.
"""

from landscape.elements.base import make_element

MORLEY = make_element("morley", degree=2, jet=1, along_edge=(1.0, 0.0, 0.0))
