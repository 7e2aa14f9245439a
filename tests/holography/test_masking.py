"""Which pixels show the plate: coherence, light, a given file or polygon."""

import imagecodecs
import numpy as np
import pytest

from holography.capture import read_capture
from holography.masking import given_mask, lit, plate_mask
from holography.synthetic import speckle
from landscape.errors import InputError

ROWS, COLS = 150, 200
Y, X = np.mgrid[:ROWS, :COLS].astype(float)
PLATE = (np.abs(X - 100) < 70) & (np.abs(Y - 75) < 50)


@pytest.fixture
def rng():
    return np.random.default_rng(6)


def capture_with(tmp_path, mask: str):
    path = tmp_path / "capture.toml"
    path.write_text(
        f'kind = "carrier"\n[optics]\nwavelength = "532 nm"\n[frames]\ndeformed = "a.png"\n[mask]\n{mask}\n'
    )
    return read_capture(path)


@pytest.mark.parametrize("white", [1, 200, 255])
def test_a_mask_file_is_taken_as_it_is(tmp_path, white):
    """White is valid, whatever number the program that drew it calls white."""
    (tmp_path / "mask.png").write_bytes(imagecodecs.png_encode((PLATE * white).astype(np.uint8)))
    mask, files = given_mask(capture_with(tmp_path, 'file = "mask.png"'), (ROWS, COLS))
    np.testing.assert_array_equal(mask, PLATE)
    assert files[0].path.name == "mask.png"


def test_a_polygon_is_column_and_row(tmp_path):
    mask, files = given_mask(
        capture_with(tmp_path, "polygon = [[30, 25], [170, 25], [170, 125], [30, 125]]"), (ROWS, COLS)
    )
    assert files == ()
    assert (mask != PLATE).mean() < 0.02
    assert mask[75, 165]
    assert not mask[140, 100]


def test_a_polygon_outside_is_an_empty_mask(tmp_path):
    with pytest.raises(InputError, match="empty"):
        given_mask(capture_with(tmp_path, "polygon = [[900, 900], [910, 900], [905, 910]]"), (ROWS, COLS))


@pytest.mark.parametrize("grain", [1, 4])
def test_the_edge_is_where_the_light_falls_to_half(rng, grain):
    light = np.abs(speckle((ROWS, COLS), grain, rng)) * PLATE + 0.02
    mask = lit(light, grain)
    assert (mask != PLATE).sum() < 1.5 * grain * 480, "within the blur of the perimeter of 480 pixels"
    assert mask[PLATE].mean() > 0.95


def test_uneven_light_cuts_nothing_off(rng):
    """A Gaussian beam that falls to a tenth at the corners is no edge."""
    beam = np.exp(-2.3 * ((X - 100) ** 2 + (Y - 75) ** 2) / (100**2 + 75**2))
    assert lit(np.abs(speckle((ROWS, COLS), 1, rng)) * beam, 1) is None


def test_an_incoherent_surrounding_of_equal_light_is_told_by_coherence(rng):
    coherence = np.where(PLATE, 0.8, 0.15) + 0.02 * rng.standard_normal((ROWS, COLS))
    mask = plate_mask(coherence, np.ones((ROWS, COLS)), 0.6, 1)
    assert mask[PLATE].mean() > 0.95
    assert not mask[~PLATE].any()


def test_dim_coherence_counts_where_the_light_says_plate(rng):
    """Steep fringes lower the coherence in the middle of a lit plate: kept; the dark surroundings are not."""
    coherence = np.where(PLATE, np.where(X < 80, 0.8, 0.45), 0.45)
    light = np.abs(speckle((ROWS, COLS), 1, rng)) * PLATE + 0.01
    mask = plate_mask(coherence, light, 0.6, 1)
    assert mask[PLATE].mean() > 0.9
    assert mask[~PLATE].mean() < 0.01
    with pytest.raises(InputError, match="coheren"):
        plate_mask(np.full((ROWS, COLS), 0.1), light, 0.6, 1)
