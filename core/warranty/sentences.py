"""English sentence of every reason, proof step and remedy; windows, command line and server translate these by gettext.

Placeholders name facts. Days are ISO dates that the reader's side formats by locale; `{part}` is a part class whose
name comes from the part class table.
"""

REASONS: dict[str, str] = {
    # outcomes
    "in_term": "The whole unit is covered until {to_day}.",
    "main_part_in_term": "The whole unit's cover ended on {whole_to_day}; covered until {to_day}: {part}.",
    "expired": "The cover ended on {to_day}, {days} days ago.",
    "main_parts_expired_too": "No main part is covered any more; the last cover ended on {to_day}.",
    # the unit
    "not_in_registry": "The registry knows no unit {serial} of model {model}.",
    "registry_incomplete": "The registry on this computer is not complete, so a missing unit proves nothing; ask HQ.",
    "registry_not_current": "The registry on this computer is not complete or not current; HQ judges again.",
    "unit_exchanged_out": "This unit was exchanged on {day} and its warranty passed to the unit given for it.",
    "unit_exchanged_out_undated": "This unit was exchanged, and its warranty passed to the unit given for it.",
    "unit_scrapped": "This unit is registered as scrapped.",
    "model_mismatch": "The serial number belongs to model {registered}, not {model}.",
    # the papers
    "day_before_manufacture": "The day {day} lies before the unit was made ({made}).",
    "invoice_before_manufacture": "The invoice date {day} lies before the unit was made ({made}).",
    "card_before_manufacture": "The warranty card's date {day} lies before the unit was made ({made}).",
    "installation_before_manufacture": "The installation date {day} lies before the unit was made ({made}).",
    "invoice_after_day": "The invoice date {day} lies after the day of the report ({today}).",
    "card_after_day": "The warranty card's date {day} lies after the day of the report ({today}).",
    "installation_after_day": "The installation date {day} lies after the day of the report ({today}).",
    "document_altered": "The papers were altered.",
    "document_mismatch": "The papers do not belong to this unit.",
    "no_provable_date": "There is no paper, and no date can be proved from which the warranty would run.",
    "repair_only_without_document": "Without an invoice or warranty card only a repair can be asked for.",
    # exclusions
    "misuse": "The damage comes from misuse.",
    "opened_by_others": "The unit was opened by someone who is not authorised.",
    "force_majeure": "The damage comes from force majeure.",
    # policies
    "no_policy": "No warranty policy is known for product line {product_class}.",
    "no_policy_in_force": "No warranty policy was in force yet when the term began ({day}).",
    # the start
    "start.exchange": "The term begins anew on {day}, when the unit was given in exchange for {serial}.",
    "start.installation": "The term begins with the end of installation on {day}.",
    "start.invoice": "The term begins on the invoice date {day}.",
    "start.warranty_card": "The term begins on the date of the warranty card, {day}.",
    "start.registration": "The term begins with the online registration on {day}.",
    "start.dealer_sale": "The term begins on {day}, the sale the dealer reported.",
    "start.shipped": "With no paper, the term begins {days} days after shipping on {day}: on {from_day}.",
    "start.made": "With no paper, the term begins {days} days after manufacture on {day}: on {from_day}.",
    "ignored.installation": "The installation date {day} is impossible and was passed over.",
    "ignored.invoice": "The invoice date {day} is impossible and was passed over.",
    "ignored.warranty_card": "The warranty card's date {day} is impossible and was passed over.",
    "ignored.registration": "The registration date {day} is impossible and was passed over.",
    "ignored.dealer_sale": "The dealer's sale date {day} is impossible and was passed over.",
    "ignored.shipped": "The shipping date {day} is impossible and was passed over.",
    "ignored.made": "The manufacturing date {day} is impossible and was passed over.",
    # the covers
    "term.law": "By law {months} months run to {to_day}, that day included.",
    "term.promise": "By the maker's promise {months} months run to {to_day}, that day included.",
    "part_term.law": "By law {months} months for {part} run to {to_day}, that day included.",
    "part_term.promise": "By the maker's promise {months} months for {part} run to {to_day}, that day included.",
    "days_added": "{days} days in repair or waiting for parts were added.",
    "longer_wins": "Of several terms the longer one counts: {policy}.",
    # remedies
    "remedy.early_refund": "Refund, exchange or repair, as the customer likes, until {until}.",
    "remedy.early_exchange": "Exchange or repair, as the customer likes, until {until}.",
    "remedy.repairer_late": "Exchange at the repairer's cost: the repair took too long.",
    "remedy.part_missing": "Exchange: a part did not come in time.",
    "remedy.repaired_again": "Exchange: the unit was repaired before and is faulty still.",
    "remedy.repair": "Free repair until {until}.",
    "remedy.repair_main_part": "Free repair of the main parts that are still covered, until {until}.",
    "remedy.repair_holds": "Free repair: the last repair must hold until {until}.",
}
