"""How many modes lie below a frequency: counted, by Weyl's two-term law, and by a heuristic on the landscape.

N(k) ≈ |Ω| k²/4π − Σ βᵢ |∂Ωᵢ| k/4π, with k = (ρh ω²/D)^{1/4} = λ^{1/4}. An edge adds (1/4 + φ(p)/2π) dp |∂Ω|/2π, where
e^{iφ} is the reflection of a plane bending wave whose wavenumber along the edge is p: clamped φ = −π − 2 atan(q/s), supported
φ = −π, free φ = π − 2 atan(q γ²/(s α²)), with q² = k² − p², s² = k² + p², α = k² − (1−ν)p², γ = k² + (1−ν)p². A free edge
carries an edge wave too, k⁴ = ξ⁴ p⁴ with ξ⁴ = (1−ν)(3ν − 1 + 2√(1 − 2ν + 2ν²)) ≤ 1 (Konenkov, Sov. Phys. Acoust. 6, 122, 1960), which adds
p up to k/ξ. (Vasil'ev, Trans. Moscow Math. Soc. 49, 173, 1987; Safarov & Vassiliev, The Asymptotic Distribution of Eigenvalues of
PDEs, AMS 1997, doi:10.1090/mmono/155.)
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import Polynomial
from numpy.typing import ArrayLike, NDArray
from scipy.special import gamma

from landscape.errors import InputError
from landscape.plate import Support, check_poisson
