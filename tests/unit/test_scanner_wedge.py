"""Keyboard-wedge bursts told from typing, what their keys mean, and serial records cut from a stream."""

import base64
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.actions.identify_unit import ReadCode, read_label
from app.scanner.frame import symbology_words, unframed
from app.scanner.heard import Heard, ScannedText, evidence_of, heard_keys
from app.scanner.records import LONGEST_RECORD, RecordSplitter, is_noise
from app.scanner.strokes import ENTER, GS, LAYOUTS, TAB, Stroke
from app.scanner.wedge import GS_AS_ITSELF, BurstDetector, WedgeSettings
from app.scanner.wedge_text import read_keys
from core.identifiers import is_placeholder, parse_gs1
from core.refusals import Refusal
from rowstore.shipped import ShippedRows
from tests.unit.rhythms import PEOPLE, SCANNERS, Class, play, scans_of, strokes_of, without_releases

SERIAL = "K35U5523A0810472"
USB, RADIO = SCANNERS[1], SCANNERS[3]
FAST = PEOPLE[3]


def scanned(text, kind=USB, start=0.0, seed=1):
    return strokes_of(text, kind, random.Random(seed), start)


def end_of(events):
    return max(at for at, _stroke, _down in events)


def merged(*parts):
    """Several keyboards at once, in the order of time."""
    return sorted((event for part in parts for event in part), key=lambda event: event[0])


def refusals_of(rows):
    return [row.rule for row in rows if row.kind == "refused"]


def typed_text(rows):
    return "".join(row.text for row in rows if row.kind == "typing")


class TestBursts:
    @pytest.mark.parametrize("kind", SCANNERS, ids=lambda kind: kind.name)
    @pytest.mark.parametrize("end", [ENTER, TAB], ids=["enter", "tab"])
    def test_a_burst_with_its_end_is_a_scan(self, kind, end):
        assert scans_of(play(scanned(SERIAL + end, kind))) == [SERIAL]

    def test_it_is_heard_as_soon_as_forty_milliseconds_are_silent(self):
        detector, events = BurstDetector(), scanned(SERIAL + ENTER)
        for at, stroke, down in events:
            assert (detector.press(stroke) if down else detector.release(stroke.position, at)) in ([], None)
        last = events[-2][1]
        assert detector.takes(last)
        assert detector.flush(last.at_ms + 39) == []
        (row,) = detector.flush(last.at_ms + 41)
        assert (row.kind, row.text, row.rule, row.end) == ("scan", SERIAL, "machine", ENTER)
        assert not detector.pending

    @pytest.mark.parametrize("late", [0, 60, 250])
    def test_a_late_enter_still_ends_a_scan(self, late):
        events = scanned(SERIAL)
        assert scans_of(play(events + scanned(ENTER, start=end_of(events) + late))) == [SERIAL]

    def test_a_missing_enter_is_made_up_for_by_silence(self):
        assert scans_of(play(scanned(SERIAL))) == [SERIAL]
        # slower ones are believed without Enter only when the scanner is known to send none
        assert [row.rule for row in play(scanned(SERIAL, SCANNERS[6]))] == ["no_enter"]
        assert scans_of(play(scanned(SERIAL, SCANNERS[6]), WedgeSettings(enters=0))) == [SERIAL]

    @pytest.mark.parametrize("cut", range(1, len(SERIAL)))
    @pytest.mark.parametrize("pause", [30, 90, 280])
    def test_a_scan_split_in_two_is_one_scan_as_in_odoo_287883(self, cut, pause):
        first = scanned(SERIAL[:cut])
        assert scans_of(play(first + scanned(SERIAL[cut:] + ENTER, start=end_of(first) + pause))) == [SERIAL]

    def test_a_lone_key_before_a_scan_is_refused_where_nobody_knows_whose_it_is(self):
        events = without_releases(scanned("8") + scanned("901086261410" + ENTER, start=120))
        assert refusals_of(play(events)) == ["scan_doubtful"]

    def test_what_a_person_typed_before_the_scan_stays_typing(self):
        typed = strokes_of("ab", Class("person", 120, 1, hold=70), random.Random(1))
        rows = play(merged(typed, scanned(SERIAL + ENTER, start=end_of(typed) + 60)))
        assert scans_of(rows) == [SERIAL]
        assert typed_text(rows) + "".join(stroke.text for row in rows for stroke in row.before) == "ab"

    def test_a_lone_key_right_before_a_scan_is_refused_for_it_may_belong_to_it(self):
        typed = strokes_of("a", Class("person", 120, 1, hold=70), random.Random(1))
        assert refusals_of(play(merged(typed, scanned(SERIAL + ENTER, start=end_of(typed) + 60)))) == ["scan_mixed"]

    def test_a_persons_key_inside_a_scan_makes_it_refused_and_is_told(self):
        person = strokes_of("x", FAST, random.Random(1), start=40)
        (row,) = play(merged(scanned(SERIAL + ENTER), person))
        assert (row.kind, row.rule, [stroke.text for stroke in row.aside]) == ("refused", "scan_mixed", ["x"])

    @pytest.mark.parametrize("told", [True, False], ids=["downs and ups", "downs only"])
    @given(first=st.integers(0, 60), seed=st.integers(0, 99))
    def test_two_scanners_at_once_never_give_a_mixed_value(self, told, first, seed):
        events = merged(
            scanned(SERIAL + ENTER, seed=seed), scanned("6901234567892" + ENTER, start=first, seed=seed + 1)
        )
        rows = play(events if told else without_releases(events))
        assert set(scans_of(rows)) <= {SERIAL, "6901234567892"}
        assert scans_of(rows) or refusals_of(rows)

    def test_a_scanner_inside_another_ones_scan_shows_by_keys_that_overlap(self):
        inside = scanned("69012345", start=20)
        assert end_of(inside) < end_of(scanned(SERIAL + ENTER)) - 8
        assert refusals_of(play(merged(scanned(SERIAL + ENTER), inside))) == ["scan_mixed"]

    def test_a_scanner_that_goes_on_behind_another_ones_enter_shows_by_that(self):
        alone = [(8.0 * at, Stroke(8.0 * at, key), True) for at, key in enumerate(SERIAL + ENTER)]
        other = [(8.0 * at + 4, Stroke(8.0 * at + 4, key), True) for at, key in enumerate("6901234567892-690123")]
        assert refusals_of(play(merged(alone, other))) == ["scan_mixed"]

    def test_two_enters_end_two_scans_unless_the_scanner_is_known_to_send_two(self):
        assert refusals_of(play(scanned(SERIAL + ENTER + ENTER))) == ["scan_mixed"]
        assert scans_of(play(scanned(SERIAL + ENTER + ENTER), WedgeSettings(enters=2))) == [SERIAL]

    def test_two_hundred_characters_are_one_scan(self):
        long = "01095060001343521021" + "ABCDEFGHIJ0123456789" * 9
        assert scans_of(play(scanned(long + ENTER))) == [long]

    def test_prefix_and_suffix_must_be_there_when_they_are_set_up(self):
        set_up = WedgeSettings(prefix="~", suffix="#")
        assert scans_of(play(scanned(f"~{SERIAL}#{ENTER}"), set_up)) == [f"~{SERIAL}#"]
        assert [row.rule for row in play(scanned(SERIAL + ENTER), set_up)] == ["frame"]

    def test_a_key_that_never_came_up_does_not_spoil_every_later_scan(self):
        detector = BurstDetector()
        detector.press(Stroke(0.0, "a", 30))
        rows = []
        for at, stroke, down in scanned(SERIAL + ENTER, start=5_000):
            rows += detector.press(stroke) if down else detector.release(stroke.position, at) or []
        assert scans_of(rows + detector.flush(9_000)) == [SERIAL]

    def test_a_clock_set_back_ends_the_row(self):
        detector = BurstDetector()
        detector.press(Stroke(1000.0, "a"))
        assert [row.text for row in detector.press(Stroke(10.0, "b"))] == ["a"]

    def test_an_endless_row_is_given_back(self):
        out = [row for at in range(5000) for row in BurstDetector().press(Stroke(float(at), "x"))]
        detector = BurstDetector()
        out = [row for at in range(5000) for row in detector.press(Stroke(float(at), "xy"[at % 2]))]
        assert [(row.kind, len(row.strokes)) for row in out] == [("typing", 4096)]


class TestTyping:
    @pytest.mark.parametrize("kind", PEOPLE[:-1], ids=lambda kind: kind.name)
    @given(text=st.text("0123456789abcdefghijklmnopqrstuvwxyz -", min_size=1, max_size=30), seed=st.integers(0, 10**6))
    def test_every_key_a_person_types_is_typing(self, kind, text, seed):
        rows = play(strokes_of(text + ENTER, kind, random.Random(seed)))
        assert {row.kind for row in rows} == {"typing"}
        assert typed_text(rows) == text + ENTER

    def test_a_key_held_down_is_no_scan(self):
        held = [(33.0 * place, Stroke(33.0 * place, "8", 9), True) for place in range(20)]
        assert scans_of(play([*held, *scanned(ENTER, start=670)])) == []

    def test_a_few_fast_keys_are_no_scan(self):
        assert [row.rule for row in play(scanned("12345"))] == ["short"]
        assert [row.text for row in play(scanned("12345" + ENTER))] == ["12345" + ENTER]

    @given(
        keys=st.lists(st.tuples(st.floats(0.5, 400), st.sampled_from("AB1\r~"), st.floats(0.5, 120)), max_size=60),
        told=st.booleans(),
    )
    def test_no_key_is_ever_lost(self, keys, told):
        events, at = [], 0.0
        for gap, key, hold in keys:
            at += gap
            stroke = Stroke(at, key, ord(key))
            events += [(at, stroke, True), (at + hold, stroke, False)]
        rows = play(merged(events) if told else without_releases(events))
        given_back = [stroke for row in rows for stroke in (*row.before, *row.strokes)]
        ends = sum(row.end == ENTER for row in rows)
        assert len(given_back) + ends <= len(keys)
        assert sorted(s.text for s in given_back if s.text != ENTER) == sorted(
            key for _, key, _ in keys if key != ENTER
        )

    @given(text=st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-./", min_size=6, max_size=60), seed=st.integers(0, 10**6))
    def test_every_burst_ends_as_one_scan_with_its_exact_text(self, text, seed):
        dice = random.Random(seed)
        kind = dice.choice(SCANNERS)
        if len(set(text)) > 1:
            assert scans_of(play(strokes_of(text + ENTER, kind, dice))) == [text]


def meant(text, settings=WedgeSettings(), *, layout="us", caps=False, swallowed=False):  # noqa: B008 - it is immutable
    """What is read from a scanner set to a US keyboard at a computer with another layout, Caps Lock, input method."""
    keys = [stroke for _at, stroke, down in scanned(text) if down]
    for key in keys:
        pair = LAYOUTS[layout].get(key.position, (key.text, key.text))
        key.text = "" if swallowed else pair[key.shift ^ caps if pair[0].isalpha() else key.shift]
        key.caps = caps
    return read_keys(keys, settings)


class TestMeaning:
    @pytest.mark.parametrize(
        ("head", "kind"), [("]C1", "Code128"), ("]Q3", "QRCode"), ("]E0", "EAN13"), ("]A0", "Code39")]
    )
    def test_an_aim_identifier_is_taken_off_and_kept_as_evidence(self, head, kind):
        found = meant(head + SERIAL)
        assert (found.text, found.symbology_id, found.format, found.raw) == (SERIAL, head, kind, head + SERIAL)

    @pytest.mark.parametrize("text", ["~]C1K35U#", "]C1~K35U#", "~K35U#"])
    def test_no_prefix_is_left_in_the_value_as_in_openpos_2108(self, text):
        framed = unframed(text, "~", "#")
        assert framed is not None and framed.content == "K35U"
        assert unframed("K35U", "~") is None

    def test_what_only_looks_like_an_identifier_stays(self):
        assert meant("]x9123").text == "]x9123"
        assert meant("K]C1").text == "K]C1"

    def test_group_separators_arrive_as_in_inventree_542(self):
        body = [("]d2", ""), ("01095060001343522112", ""), (GS, ""), ("10AB", "")]
        keys = [stroke for _at, stroke, down in scanned("".join(part for part, _ in body)) if down]
        assert read_keys(keys, WedgeSettings()).text == "01095060001343522112" + GS + "10AB"
        substitute = meant("]d201095060001343522112~10AB", WedgeSettings(gs="~"))
        assert parse_gs1(substitute.text, substitute.symbology_id)["10"] == "AB"

    def test_pinyin_input_swallows_no_letters_as_in_flutter_122510(self):
        found = meant("yyydsds123456date", swallowed=True)
        assert (found.text, found.mended) == ("yyydsds123456date", ("input_method",))

    def test_keys_taken_by_an_input_method_from_an_unknown_place_are_refused(self):
        with pytest.raises(Refusal) as caught:
            read_keys([Stroke(0.0, "")], WedgeSettings())
        assert caught.value.code == "scan_swallowed"

    def test_full_width_characters_are_made_narrow(self):
        found = read_keys([Stroke(0.0, key) for key in "Ｋ３５Ｕ－１"], WedgeSettings())
        assert (found.text, found.mended) == ("K35U-1", ("wide",))

    @pytest.mark.parametrize(
        ("text", "settings", "read", "how"),
        [
            (SERIAL, WedgeSettings(), SERIAL, "caps"),
            ("HTTPS://id.gs1.org/01", WedgeSettings(), "HTTPS://id.gs1.org/01", "caps"),
            ("https://id.gs1.org/01", WedgeSettings(), "https://id.gs1.org/01", "caps"),
            ("k35u55", WedgeSettings(), "K35U55", "caps_kept"),  # a scanner that makes up for Caps Lock sends this
            (SERIAL, WedgeSettings(caps="keep"), SERIAL.lower(), "caps_kept"),
            ("k35u55", WedgeSettings(caps="swap"), "k35u55", "caps"),
            ("]C1k35U", WedgeSettings(layout="us", caps="swap"), "k35U", "caps"),
        ],
    )
    def test_caps_lock_is_noticed_and_put_right_by_evidence(self, text, settings, read, how):
        found = meant(text, settings, caps=True)
        assert (found.text, found.mended) == (read, (how,))

    @pytest.mark.parametrize("layout", ["de", "fr"])
    def test_another_layout_is_refused_until_somebody_tells_and_then_right(self, layout):
        with pytest.raises(Refusal) as caught:
            meant("AZ-19YQ", layout=layout)
        assert caught.value.code == "scan_layout"
        assert meant("AZ-19YQ", WedgeSettings(layout="us"), layout=layout).text == "AZ-19YQ"
        assert meant("AZ-19YQ", WedgeSettings(layout="pc"), layout=layout).text != "AZ-19YQ"

    def test_a_german_layout_harms_no_text_that_is_the_same_on_both(self):
        assert meant(SERIAL, layout="de").text == SERIAL

    @pytest.mark.parametrize("text", ["0012345", "00000812", "0100614141123452"])
    def test_zeros_are_never_dropped(self, text):
        (row,) = play(scanned(text + ENTER))
        assert heard_keys(row, WedgeSettings()).text == text

    def test_the_placeholder_1234567890_is_read_and_known(self):
        (row,) = play(scanned("1234567890" + ENTER))
        assert is_placeholder(heard_keys(row, WedgeSettings()).text)

    def test_the_text_remembers_its_evidence(self):
        (row,) = play(scanned("]C1" + SERIAL + ENTER))
        text = ScannedText.of(heard_keys(row, WedgeSettings()))
        evidence = evidence_of(text)
        assert (text, evidence.format, evidence.symbology_id) == (SERIAL, "Code128", "]C1")
        assert evidence.raw is not None and base64.b64decode(evidence.raw) == b"]C1" + SERIAL.encode()
        assert evidence_of("typed").raw is None

    @pytest.mark.parametrize(("gs", "unproven"), [("", True), ("~", False), (GS_AS_ITSELF, False)])
    def test_only_a_scanner_that_was_seen_to_send_the_separator_is_believed_about_it(self, gs, unproven):
        (row,) = play(scanned("]C121ZZ9988A10L7" + ENTER))
        evidence = evidence_of(ScannedText.of(heard_keys(row, WedgeSettings(gs=gs))))
        assert evidence.gs_unproven is unproven
        reading = read_label((ReadCode(**evidence._asdict()),), ShippedRows(), None)
        assert [one.rule for one in reading.refusals] == (["gs1_separator_lost"] if unproven else [])
        assert reading.serial == (None if unproven else "ZZ9988A10L7")

    def test_what_can_not_be_believed_is_told_with_its_reason(self):
        (row,) = play(merged(scanned(SERIAL + ENTER), scanned("6901234567892" + ENTER, start=3)))
        heard = heard_keys(row, WedgeSettings())
        assert heard.kind == "refused" and heard.refusal is not None and heard.refusal.code == "scan_mixed"
        assert heard_keys(replace_kind(row), WedgeSettings(prefix="#")).rule == "scan_frame"

    def test_settings_of_other_versions_are_read_as_far_as_they_fit(self):
        kept = {"prefix": "#", "suffix": 3, "enters": True, "layout": "us", "of a later version": [1]}
        assert WedgeSettings.kept(kept) == WedgeSettings(prefix="#", layout="us")
        assert WedgeSettings.kept(None) == WedgeSettings()

    def test_symbologies_have_names(self):
        assert symbology_words("]C1") == "Code 128 ]C1"
        assert symbology_words("") == ""
        assert Heard("scan", "serial", "x", b"x").format == ""


def replace_kind(row):
    return row._replace(kind="scan", strokes=tuple(replace(stroke) for stroke in row.strokes))


class TestRecords:
    def test_records_end_with_cr_lf_or_both(self):
        splitter = RecordSplitter()
        assert splitter.feed(b"AAA\rBBB\nCCC\r\n\r\nDD", 0) == ["AAA", "BBB", "CCC"]
        assert splitter.feed(b"D\r", 5) == ["DDD"]

    def test_silence_ends_a_record(self):
        splitter = RecordSplitter(gap_ms=50)
        assert splitter.feed(b"AAA", 0) == []
        assert splitter.feed(b"", 40) == []
        assert splitter.feed(b"", 60) == ["AAA"]
        splitter.feed(b"BBB", 100)
        assert splitter.feed(b"CCC\r", 300) == ["BBB", "CCC"]

    def test_group_separators_and_chinese_are_kept(self):
        assert RecordSplitter().feed(b"0109506000134352\x1d21A\r", 0) == ["0109506000134352\x1d21A"]
        assert RecordSplitter().feed("型号".encode("gb18030") + b"\r", 0) == ["型号"]

    def test_noise_without_end_is_thrown_away(self):
        splitter = RecordSplitter()
        assert splitter.feed(b"x" * (LONGEST_RECORD + 10) + b"\r" + b"GOOD\r", 0) == ["GOOD"]

    def test_etx_ends_and_stx_begins_a_record(self):
        assert RecordSplitter().feed(b"\x02AAA\x03\x02BBB\x03", 0) == ["AAA", "BBB"]

    @pytest.mark.parametrize("noise", [b"\x00\xff\x13K3", b"\x80\xff\xfe", bytes(range(32)), b"AB\x01CD"])
    def test_binary_noise_is_no_record_and_is_counted(self, noise):
        splitter = RecordSplitter()
        assert splitter.feed(noise.replace(b"\r", b"").replace(b"\n", b"") + b"\rGOOD\r", 0) == ["GOOD"]
        assert splitter.noise >= 1
        assert not is_noise("型号 K35U".encode())

    @given(st.lists(st.text("ABC123", min_size=1, max_size=9), max_size=8), st.integers(1, 7))
    def test_how_the_bytes_arrive_does_not_matter(self, records, size):
        data = "".join(f"{record}\r\n" for record in records).encode()
        splitter, out = RecordSplitter(), []
        for start in range(0, len(data), size):
            out += splitter.feed(data[start : start + size], 1.0)
        assert out == records
