"""English sentences of small rule modules; windows, command line and server translate these by gettext."""

CODE_PROBLEMS: dict[str, str] = {
    "code_missing": "A code is missing.",
    "code_unknown": "There is no code {code} in this list.",
    "code_not_for_class": "Code {code} is not for this kind of product.",
    "no_fault_mixed": "“No fault found” stands alone: section, defect and repair must all say it.",
    "no_fault_with_part": "Where no fault was found no part is exchanged.",
    "defect_not_in_section": "Defect {code} cannot lie in section {section}.",
    "repair_not_for_defect": "Repair {code} does not mend defect {defect}.",
    "part_not_in_section": "A part of class {part_class} is not fitted in section {section}.",
    "repair_without_part": "Repair {code} exchanges a part, but none is on the order.",
}
"""Why a coding cannot be, by `core.fault_codes.CodeProblem.rule`."""

DIFFERENCES: dict[str, str] = {
    "tariff_version": "HQ used another version of the tariff.",
    "rejected": "HQ rejected the claim.",
    "old_part_missing": "The old part has not been received.",
    "duplicate": "The line is there twice.",
    "late": "The claim was filed too late.",
    "penalty": "A penalty or deduction.",
    "missing": "The line is missing on one side.",
    "amount": "The amounts differ.",
}
"""What a difference between HQ's statement and the station's own figure means, by `core.settlement.DifferenceClass`."""

PROOFS: dict[str, str] = {
    "read": "Read in scan {scan}.",
    "picked": "Read in scan {scan}; a person picked it among its codes.",
    "typed": "Typed by hand; no scan proves it.",
    "unproven": "No code of its scan holds this number.",
    "unread": "Not read yet.",
}
"""Where a unit's serial number comes from, by `core.scan_evidence.SerialProof.how`."""

EVIDENCE: dict[str, str] = {
    "unit": "Unit {position}  {serial}  {proof}",
    "scan": "Scan {scan}: {at}, {person}, {device}",
    "code": "{text}  ({format})",
    "chosen": "chosen as: {what}",
    "raw": "bytes: {raw}",
    "engine": "read by {engine}, {agreed} renditions or frames agree",
    "disputed": "another text was read at the same place",
    "doubtful": "text uncertain: its bytes fit several encodings",
    "page": "page {n}",
    "no_code": "no code: typed by hand",
    "picture_here": "picture {sha256}: at hand",
    "picture_missing": "picture {sha256}: not here",
    "none": "This order has no scan.",
}
"""The lines in which an order's scans are told, by `core.scan_lines`."""

MAKING: dict[str, str] = {
    "made_not_as_registered": "The serial number says made {said}, the registry {made}.",
    "made_in_future": "The serial number says made {said}: that is still to come.",
    "made_after_sale": "The serial number says made {said}, after it was sold ({day}).",
}
"""Why a serial number may be another unit's, by `core.making.Doubt.rule`."""
