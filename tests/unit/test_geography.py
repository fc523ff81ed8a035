"""Distances between two points: known ones, and what must hold for any."""

from hypothesis import given
from hypothesis import strategies as st

from core.geography import Position, distance_m

points = st.builds(
    Position,
    lat_e6=st.integers(-80_000_000, 80_000_000),
    lon_e6=st.integers(-180_000_000, 180_000_000),
)


def test_shenzhen_to_guangzhou_is_a_hundred_kilometres_and_a_little():
    shenzhen, guangzhou = (
        Position(lat_e6=22_543_000, lon_e6=114_058_000),
        Position(lat_e6=23_129_000, lon_e6=113_264_000),
    )
    assert 103_500 < distance_m(shenzhen, guangzhou) < 105_500


def test_the_date_line_is_no_border():
    west, east = Position(lat_e6=0, lon_e6=-179_999_000), Position(lat_e6=0, lon_e6=179_999_000)
    assert distance_m(west, east) < 300


@given(points, points)
def test_there_and_back_is_the_same_way(a, b):
    assert distance_m(a, b) == distance_m(b, a) >= 0
    assert distance_m(a, a) == 0


def test_the_pole_has_a_cosine_too():
    pole = Position(lat_e6=90_000_000, lon_e6=0)
    assert distance_m(pole, Position(lat_e6=90_000_000, lon_e6=90_000_000)) == 0
