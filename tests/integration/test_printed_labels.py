"""Each label we print, burnt at 203 dpi and photographed well and moderately badly, is read by our own readers."""

from dataclasses import replace

import pytest

from app.scanner.arrays import read_array
from app.scanner.confirm import Confirmation
from app.scanner.live import LiveReader, believed
from tools.label_shots import SAMPLES, View, shoot, thermal

HD = View(frame=(1280, 720))
VIEWS = {
    "straight, near": replace(HD, share=0.6),
    "straight, far": View(share=0.3),
    "tilted 15 degrees": replace(HD, tilt=15),
    "tilted 45 degrees": View(tilt=45),
    "on its side": replace(HD, share=0.45, tilt=90),
    "at an angle of 30 degrees": View(angle=30),
    "in half the light": replace(HD, light=0.5, noise=6),
    "compressed hard": View(jpeg=50),
    "a hand's blur": View(blur=1.2),
    "in a corner of the shop": View(tilt=12, angle=20, blur=0.8, noise=6, light=0.6, jpeg=80),
}


@pytest.fixture(scope="module")
def printed(qapp):
    """The labels' dots by name."""
    return {name: thermal(*sample) for name, sample in SAMPLES.items()}


def rights(name):
    label = SAMPLES[name][0].label()
    return {label.bars, label.qr}


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS.keys())
@pytest.mark.parametrize("name", SAMPLES)
def test_a_photographed_label_is_read_and_read_right(printed, name, view):
    found = {code.text for code in read_array(shoot(printed[name], view))}
    assert found & rights(name)
    assert found <= rights(name)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_label_held_to_the_camera_is_accepted_and_accepted_right(printed, name):
    reader, confirmation = LiveReader(), Confirmation()
    accepted = set()
    for frame in range(20):
        view = View(frame=(1280, 720), share=0.55, tilt=4 + frame % 3, angle=10, blur=0.8, noise=5, seed=frame)
        look = reader.read(shoot(printed[name], view), frame * 50.0)
        accepted |= {code.text for code in believed(confirmation, look, frame * 50.0)}
    assert accepted
    assert accepted <= rights(name)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_thermal_label_has_no_dot_that_is_neither_black_nor_paper_and_keeps_its_edges_free(printed, name):
    dots = printed[name]
    assert set(dots.ravel().tolist()) == {0, 255}
    assert dots[:4].min() == dots[-4:].min() == dots[:, :4].min() == dots[:, -4:].min() == 255
