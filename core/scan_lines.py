"""An order's scans in lines, the same at the station's and at headquarters' command line."""

from collections.abc import Callable, Iterator, Sequence

from core.making import Doubt
from core.scan_evidence import CodeSeen, OrderScans, ScanSeen, SerialProof
from core.sentences import EVIDENCE, MAKING, PROOFS
from core.words import word

#: A text of the catalogue in the reader's language.
Say = Callable[[str], str]


def scan_lines(found: OrderScans, say: Say) -> list[str]:
    """The units with what proves their numbers, then every scan with its codes; times are UTC."""
    lines = [found.order]
    for unit in found.units:
        lines += [f"  {_unit(unit, say)}", *(f"    {line}" for line in doubt_words(unit.doubts, say))]
    for scan in found.scans:
        lines.append(f"  {_scan(scan, say)}")
        lines += [f"    {line}" for line in _of_scan(scan, say)]
    return lines if found.scans else [*lines, f"  {say(EVIDENCE['none'])}"]


def proof_words(unit: SerialProof, say: Say) -> str:
    """Where a unit's serial number comes from."""
    return say(PROOFS[unit.how]).format(scan=unit.scan)


def doubt_words(doubts: Sequence[Doubt], say: Say) -> list[str]:
    """Why the number may be another unit's."""
    return [say(MAKING[doubt.rule]).format_map(doubt.facts) for doubt in doubts]


def code_notes(code: CodeSeen, say: Say) -> list[str]:
    """What is to be known of how a code was read: by what, how often, and what speaks against its text."""
    notes = [say(EVIDENCE["engine"]).format(engine=code.engine, agreed=code.agreed)] if code.engine else []
    notes += [say(EVIDENCE["page"]).format(n=code.page)] if code.page else []
    return notes + [say(EVIDENCE[name]) for name in ("disputed", "doubtful") if getattr(code, name)]


def format_words(code: CodeSeen) -> str:
    """The symbology and its AIM identifier, as far as they are known."""
    return " ".join(filter(None, (code.format, code.symbology_id))) or "?"


def _unit(unit: SerialProof, say: Say) -> str:
    serial = " ".join(filter(None, (unit.model, unit.serial or "—")))
    return say(EVIDENCE["unit"]).format(position=unit.position, serial=serial, proof=proof_words(unit, say))


def _scan(scan: ScanSeen, say: Say) -> str:
    device = " ".join(filter(None, (say(word("scan", scan.device_kind)), scan.device_name)))
    took = f"{scan.read_ms} ms" if scan.read_ms is not None else ""
    return say(EVIDENCE["scan"]).format(
        scan=scan.number,
        at=f"{scan.scanned_at:%Y-%m-%d %H:%M:%S} UTC",
        person=scan.person or scan.person_id,
        device=" · ".join(filter(None, (device, took))),
    )


def _of_scan(scan: ScanSeen, say: Say) -> Iterator[str]:
    for code in scan.codes:
        head = [say(EVIDENCE["code"]).format(text=code.text, format=format_words(code))]
        if code.chosen_as:
            head.append(say(EVIDENCE["chosen"]).format(what=say(word("chosen_as", code.chosen_as))))
        yield "  ".join(head)
        yield f"  {say(EVIDENCE['raw']).format(raw=code.raw)}"
        yield from (f"  {note}" for note in code_notes(code, say))
    if not scan.codes:
        yield say(EVIDENCE["no_code"])
    if scan.picture_sha256:
        name = "picture_here" if scan.picture_here else "picture_missing"
        yield say(EVIDENCE[name]).format(sha256=scan.picture_sha256)
