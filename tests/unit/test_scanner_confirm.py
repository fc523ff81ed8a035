"""When frames agree enough for a code to be believed: the table by symbology, disputes, what the window forgets."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scanner.acceptance import RULES, is_sure
from app.scanner.codes import Code
from app.scanner.confirm import WINDOW_MS, Confirmation, needed, rule_of
from app.scanner.label_watch import GAP_MS, LabelWatch, News

SQUARE = ((0.0, 0.0), (100.0, 0.0), (100.0, 20.0), (0.0, 20.0))
LONG = "20240600123456"  # fits every rule's length


def at(place):
    return tuple((x + 500 * place, y) for x, y in SQUARE)


def code(text=LONG, kind="Code128", engine="zxing", place=0):
    return Code(kind, text, text.encode(), "]C0", at(place), engine)


def texts(codes):
    return {one.text for one in codes}


class TestTable:
    @pytest.mark.parametrize(
        ("kind", "frames"),
        [("QRCode", 1), ("DataMatrix", 1), ("PDF417", 1), ("Code128", 2), ("EAN13", 2), ("UPCA", 2), ("DataBar", 2),
         ("DataBarExp", 2), ("Code39", 3), ("Code93", 3), ("ITF", 3)],
    )  # fmt: skip
    @pytest.mark.parametrize(("engine", "more"), [("zxing", 0), ("zxing/deskewed", 1), ("zbar", 1)])
    def test_frames_by_symbology_and_one_more_after_a_preparation(self, kind, frames, engine, more):
        watch, one = Confirmation(), code(kind=kind, engine=engine)
        assert watch.frames_left(one) == frames + more
        believed = [bool(watch.feed([one], 30.0 * frame)) for frame in range(frames + more)]
        assert believed == [False] * (frames + more - 1) + [True]
        assert watch.frames_left(one) == 0

    def test_one_plain_reading_makes_the_prepared_ones_count_like_it(self):
        watch = Confirmation()
        assert watch.feed([code(engine="zbar")], 0) == ()
        assert texts(watch.feed([code()], 30)) == {LONG}

    @pytest.mark.parametrize("kind", ["UPCE", "EAN8", "Codabar"])
    def test_seldom_symbologies_are_off_unless_asked_for(self, kind):
        """zxing-cpp #273, #255: they turn up in other codes' bars."""
        off, asked = Confirmation(), Confirmation(formats=[kind])
        for frame in range(5):
            assert off.feed([code(kind=kind)], 30.0 * frame) == ()
            believed = asked.feed([code(kind=kind)], 30.0 * frame)
        assert texts(believed) == {LONG}

    @pytest.mark.parametrize(
        ("kind", "text"), [("ITF", "123456"), ("ITF", "123456789"), ("ITF", ""), ("Code39", "ABC"), ("EAN13", "12")]
    )
    def test_what_is_too_short_or_odd_is_never_believed(self, kind, text):
        """Complaint pyzbar #43: ghosts of I25 that hold nothing; zxing-cpp #853: four digits of a longer ITF."""
        watch = Confirmation()
        assert [watch.feed([code(text, kind)], 30.0 * frame) for frame in range(6)] == [()] * 6

    def test_one_frame_counts_once_however_often_it_was_read(self):
        watch = Confirmation()
        assert watch.feed([code(), code(engine="zbar")], 0) == ()
        assert watch.feed([code(engine="zxing/deskewed")], 0) == ()
        assert watch.frames_left(code()) == 1

    def test_a_late_reading_counts_for_its_own_frame(self):
        watch = Confirmation()
        watch.feed([code()], 900)
        assert texts(watch.feed([code(engine="zbar")], 850)) == {LONG}
        assert watch.feed([code("LATE")], 900 - WINDOW_MS - 1) != ()
        assert watch.frames_left(code("LATE")) == 2

    def test_what_is_believed_tells_its_frames(self):
        watch = Confirmation()
        believed = [watch.feed([code()], 30.0 * frame) for frame in range(4)][-1]
        assert [one.agreed for one in believed] == [4]

    def test_a_symbology_without_a_rule_is_off(self):
        assert not rule_of(code(kind="Telepen")).by_default

    def test_a_single_picture_needs_renditions(self):
        qr, bars = code(kind="QRCode"), code()
        assert is_sure(qr) and not is_sure(bars)
        assert is_sure(msgspec.structs.replace(bars, agreed=2))


class TestDisputes:
    def test_two_texts_at_one_place_are_both_doubted_and_named(self):
        watch = Confirmation()
        watch.feed([code("S1")], 0)
        assert watch.feed([code("S2")], 30) == ()
        assert texts(watch.disputed) == {"S1", "S2"}
        assert watch.feed([code("S1")], 60) == ()
        assert watch.feed([code("S1"), code("T9", place=1)], 1200) == ()
        assert texts(watch.disputed) == set()
        assert texts(watch.feed([code("S1"), code("T9", place=1)], 1230)) == {"S1", "T9"}

    def test_a_believed_text_falls_back_into_doubt(self):
        watch = Confirmation()
        watch.feed([code("S1")], 0)
        assert texts(watch.feed([code("S1")], 30)) == {"S1"}
        assert watch.feed([code("S2")], 60) == ()

    def test_lines_close_together_are_one_place(self):
        """zxing-cpp's corners of bars may be a line without height."""
        line = ((0.0, 50.0), (400.0, 50.0), (400.0, 50.0), (0.0, 50.0))
        below = tuple((x, y + 20) for x, y in line)
        watch = Confirmation()
        for frame in range(3):
            one = msgspec.structs.replace(code("RIGHT"), corners=line)
            other = msgspec.structs.replace(code("WRONG"), corners=below)
            assert watch.feed([one, other], 30.0 * frame) == ()

    def test_a_ghost_of_a_seldom_kind_does_not_hold_up_the_real_code(self):
        """Complaint pyzbar #160: a UPC-E found in the bars of another code."""
        watch = Confirmation(formats=["UPCE"])
        for frame in range(4):
            believed = watch.feed([code(), code("01234565", "UPCE")], 30.0 * frame)
        assert texts(believed) == {LONG} and texts(watch.disputed) == {"01234565"}

    def test_codes_once_seen_side_by_side_are_two_wherever_the_hand_moves_them(self):
        watch = Confirmation()
        watch.feed([code("S1"), code("S2", place=1)], 0)
        assert texts(watch.feed([code("S2", place=0)], 30)) == {"S2"}
        assert watch.disputed == ()

    def test_one_text_in_two_symbologies_is_no_dispute(self):
        watch = Confirmation()
        watch.feed([code(), code(kind="DataMatrix")], 0)
        assert len(watch.feed([code()], 30)) == 2


KINDS = ("QRCode", "Code128", "EAN13", "Code39", "ITF", "UPCE")
ENGINES = ("zxing", "zxing/deskewed", "zbar")
# Each text has one place; two texts share each place.
readings = st.builds(
    lambda text, kind, engine: code(f"{text:014d}", kind, engine, place=text // 2),
    st.integers(0, 5),
    st.sampled_from(KINDS),
    st.sampled_from(ENGINES),
)
films = st.lists(st.tuples(st.lists(readings, max_size=4), st.integers(1, 700)), max_size=25)


def play(film):
    """What is believed after each frame, with all that was in the window then."""
    watch, now, past = Confirmation(), 0.0, []
    for codes, pause in film:
        now += pause
        past.append((now, codes))
        believed = watch.feed(codes, now)
        yield believed, [(time, seen) for time, seen in past if now - time <= WINDOW_MS]


class TestProperties:
    @given(films)
    def test_never_with_fewer_frames_than_its_rule(self, film):
        for believed, window in play(film):
            for one in believed:
                frames = [[same for same in seen if same.identity == one.identity] for _time, seen in window]
                had = [seen for seen in frames if seen]
                is_plain = any(same.engine == "zxing" for seen in had for same in seen)
                assert len(had) >= RULES[one.format].frames + (not is_plain)
                assert one.format != "UPCE"

    @given(films)
    def test_never_while_another_text_is_at_its_place(self, film):
        for believed, window in play(film):
            for one in believed:
                others = {
                    other.text
                    for _time, seen in window
                    for other in seen
                    if other.corners == one.corners and RULES[other.format].by_default
                }
                assert others == {one.text}

    @given(films, st.randoms())
    def test_the_order_inside_a_frame_does_not_matter(self, film, random):
        shuffled = [(random.sample(codes, len(codes)), pause) for codes, pause in film]
        before, after = ([{c.identity for c in believed} for believed, _ in play(each)] for each in (film, shuffled))
        assert before == after

    @given(films)
    def test_the_window_forgets(self, film):
        watch, now = Confirmation(), 0.0
        for codes, pause in film:
            now += pause
            watch.feed(codes, now)
        assert watch.feed([], now + WINDOW_MS + 1) == () == watch.disputed
        assert all(watch.frames_left(one) == needed(one) for codes, _pause in film for one in codes)


class TestLabel:
    def test_codes_that_come_one_after_the_other_are_of_one_label(self):
        watch = LabelWatch()
        assert watch.feed([], 0) == News(False, False)
        assert watch.feed([code("A1")], 10) == News(True, True)
        assert watch.feed([code("A1")], 20) == News(False, False)
        assert watch.feed([code("B2")], 20 + GAP_MS) == News(True, False)
        assert watch.feed([code("A1"), code("B2")], 30 + GAP_MS) == News(False, False)

    def test_after_a_pause_another_label_begins_and_is_told_anew(self):
        watch = LabelWatch()
        watch.feed([code("A1")], 0)
        assert watch.feed([], GAP_MS) == News(False, False)
        assert watch.feed([code("A1")], GAP_MS + 1) == News(True, True)
