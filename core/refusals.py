"""What a person can act on: each refusal's code, kind, facts and English sentence (one catalogue translates it)."""

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """Families of refusals; HQ maps each to one HTTP status, the command line to one exit code."""

    INVALID = "invalid"  # what was given cannot be right
    FORBIDDEN = "forbidden"  # this person or device may not
    UNKNOWN = "unknown"  # no such thing here
    CONFLICT = "conflict"  # not now: the state of things does not allow it
    TOO_LARGE = "too_large"
    SIGNED_OUT = "signed_out"  # log in first
    UNREACHABLE = "unreachable"  # HQ or a device cannot be reached; nothing lost
    DAMAGED = "damaged"  # local data or keys need repair
    GONE = "gone"  # what this would continue is no more: begin anew
    TOO_MANY = "too_many"  # later, and less often


class Template(NamedTuple):
    """One refusal: its kind and its English sentence with ``{fact}`` places."""

    kind: Kind
    text: str


class Refusal(Exception):
    """Something asked for is refused; ``code`` is a key of :data:`CATALOGUE`, ``facts`` fill its sentence."""

    def __init__(self, code: str, /, **facts: object) -> None:
        """Keep ``facts`` as given; an unknown code is a defect and raises ``KeyError`` at once."""
        self.template = CATALOGUE[code]
        self.code = code
        self.facts = facts
        super().__init__(code, facts)

    @property
    def kind(self) -> Kind:
        """The family the code belongs to."""
        return self.template.kind

    def sentence(self, text: str | None = None) -> str:
        """The sentence for a person; ``text`` is the translated template (English when absent)."""
        return (text or self.template.text).format_map(_Blank(self.facts))


class _Blank(dict[str, object]):
    """Facts that show a dash where one is missing, so that a sentence is always readable."""

    def __missing__(self, key: str) -> str:
        return "—"


K = Kind
CATALOGUE: dict[str, Template] = {
    # orders
    "order_unknown": Template(K.UNKNOWN, "There is no order {order} here. Sync, or check the number."),
    "move_not_allowed": Template(K.CONFLICT, "The order is “{state}”; “{action}” is not possible now."),
    "role_not_allowed": Template(K.FORBIDDEN, "Your role does not allow “{action}”."),
    "person_unknown": Template(K.FORBIDDEN, "This person is not known at this place."),
    "person_inactive": Template(K.FORBIDDEN, "This person is no longer active at this place."),
    "not_your_place": Template(K.FORBIDDEN, "That belongs to another place and can’t be changed from here."),
    "not_your_order": Template(K.FORBIDDEN, "The order is assigned to another technician."),
    "action_unknown": Template(K.INVALID, "There is no action “{action}”."),
    "arguments_invalid": Template(K.INVALID, "The details of “{action}” are not complete or not right: {problem}"),
    "station_unknown": Template(K.UNKNOWN, "There is no such station in this branch."),
    "station_not_licensed": Template(K.INVALID, "{station} is not licensed for this product line."),
    "station_takes_none": Template(K.CONFLICT, "{station} is offered no new orders at present."),
    "technician_reexamination": Template(
        K.CONFLICT, "{name} has to pass the re-examination before new orders are assigned."
    ),
    "direct_dispatch_not_allowed": Template(
        K.FORBIDDEN, "{branch} dispatches its orders itself; HQ may not offer them to its stations."
    ),
    "order_open_already": Template(K.CONFLICT, "{order} is open for this unit already; go on there."),
    "reason_missing": Template(K.INVALID, "Please give a reason."),
    "visit_in_wrong_order": Template(K.INVALID, "The visit must end after it begins."),
    # visits, units in the shop, other ends
    "no_visit_booked": Template(K.CONFLICT, "No visit is booked that could have been missed."),
    "no_visit_made": Template(K.CONFLICT, "Nobody was at the customer’s; there is no visit to be paid."),
    "time_in_future": Template(K.INVALID, "That time lies in the future; check it."),
    "unit_is_here": Template(K.CONFLICT, "This unit is in the station’s hands already."),
    "unit_not_here": Template(K.CONFLICT, "This unit is not in the station’s hands."),
    "unit_not_returned": Template(K.CONFLICT, "Give the unit back to the customer first."),
    "tracking_missing": Template(K.INVALID, "Scan or type the carrier’s tracking number."),
    "loaner_is_out": Template(K.CONFLICT, "Loaner {serial} is lent to somebody already."),
    "loaner_not_out": Template(K.CONFLICT, "This loaner is back already, or was never lent."),
    "loaner_not_back": Template(K.CONFLICT, "Take the loaner back first."),
    "measured_missing": Template(K.INVALID, "Enter what was measured; a finding without figures proves nothing."),
    "certificate_missing": Template(K.CONFLICT, "A certificate that finds the unit faulty is needed first."),
    "certificate_number_wrong": Template(K.INVALID, "The certificate number {number} was not made by this device."),
    "certificate_number_taken": Template(K.CONFLICT, "There is another certificate {number} already."),
    "reason_unknown": Template(K.INVALID, "There is no reason “{reason}”; choose one of the list."),
    "exchange_not_approved": Template(K.CONFLICT, "The branch has not approved the exchange; ask for it first."),
    "same_unit": Template(K.INVALID, "{serial} is the unit that is to be exchanged; scan the new one."),
    "remedy_not_open": Template(K.CONFLICT, "The warranty verdict does not give that remedy ({rule}); judge again."),
    "refund_sum_wrong": Template(K.INVALID, "The sum to deduct is not what the rules give."),
    "price_missing": Template(K.INVALID, "Enter the price on the invoice."),
    "reopen_late": Template(K.CONFLICT, "The order ended {days} days ago; it can be opened again for {limit} days."),
    "card_missing": Template(K.CONFLICT, "Fill in the installation card of every unit first."),
    "half_taken": Template(K.CONFLICT, "Another unit of this order is the {half} unit of that pair already."),
    "units_too_many": Template(K.TOO_LARGE, "An order can have {limit} units at most."),
    # units and warranty
    "unit_unknown": Template(K.UNKNOWN, "The order has no such unit."),
    "figure_invalid": Template(
        K.INVALID, "“{text}” is no figure. Write it like 12 or 0.75, with three decimals at most."
    ),
    "measurement_unknown": Template(K.UNKNOWN, "No measurement “{code}” is asked for on this kind of product."),
    "unit_not_identified": Template(K.CONFLICT, "Identify the unit first: scan or type its serial number."),
    "no_verdict": Template(K.CONFLICT, "Judge the warranty first."),
    "verdict_differs": Template(K.CONFLICT, "HQ’s rules give another verdict for this unit."),
    "model_unknown": Template(K.INVALID, "There is no model {model} in the catalogue."),
    "model_missing": Template(K.INVALID, "Which model is it? Scan its label or choose the model."),
    "price_list_missing": Template(K.CONFLICT, "There is no price list for this product line; ask HQ."),
    "day_before_manufacture": Template(
        K.INVALID, "On {day} this unit did not exist: it was made on {made}. Check the day and the serial number."
    ),
    "document_in_future": Template(K.INVALID, "{day} lies in the future; check the document’s date."),
    "finding_photo_missing": Template(
        K.INVALID, "What ends the warranty must be shown: add a photo of what was found."
    ),
    "unit_not_registered": Template(K.UNKNOWN, "The registry here does not know the unit {serial}."),
    "correction_unknown": Template(K.UNKNOWN, "There is no such proposed correction."),
    "correction_decided": Template(K.CONFLICT, "This correction has already been decided."),
    "correction_changes_nothing": Template(K.INVALID, "The registry already says so ({field})."),
    "correction_value_wrong": Template(K.INVALID, "“{value}” can’t stand in the registry’s field {field}."),
    "correction_outdated": Template(
        K.CONFLICT, "The registry says “{now}” by now, no longer “{old}”; let the place propose it anew."
    ),
    "correction_contradicts": Template(
        K.CONFLICT, "{field} would be {day}, before the unit was made ({made}). Correct that first."
    ),
    # knowledge base
    "class_unknown": Template(K.INVALID, "There is no product class {product_class} in the catalogue."),
    "fault_code_unknown": Template(K.INVALID, "There is no code {code} in the list of fault codes."),
    "article_unknown": Template(K.UNKNOWN, "There is no article {number} in the knowledge base."),
    "article_empty": Template(K.INVALID, "An article needs a title and a text in one language at least."),
    "article_about_nothing": Template(K.INVALID, "Say which product class, model or fault code the article is about."),
    "proposal_unknown": Template(K.UNKNOWN, "There is no such proposed article."),
    "proposal_decided": Template(K.CONFLICT, "This proposal has already been decided."),
    "article_pictures_missing": Template(
        K.CONFLICT, "{count} of the proposal’s pictures have not arrived from its place yet; publish it when they have."
    ),
    # approvals
    "approval_unknown": Template(K.UNKNOWN, "There is no such request."),
    "approval_asked_back": Template(K.CONFLICT, "A question about this request is still open; wait for its answer."),
    "question_unknown": Template(K.UNKNOWN, "No question about this request is open."),
    "approval_decided": Template(K.CONFLICT, "This request has already been decided."),
    "approval_outdated": Template(K.CONFLICT, "What was approved has changed since; look at the request again."),
    "approval_above_level": Template(K.FORBIDDEN, "This is decided at a higher level: {level}."),
    "approval_above_limit": Template(K.FORBIDDEN, "This is more than you may decide."),
    "deputy_unknown": Template(K.INVALID, "There is no such colleague or deputy at this place."),
    "deputy_decides_nothing": Template(K.INVALID, "{name} decides nothing; choose a colleague who approves requests."),
    "days_reversed": Template(K.INVALID, "The last day lies before the first."),
    "approval_own": Template(K.FORBIDDEN, "Nobody decides their own request."),
    # parts and old parts
    "part_unknown": Template(K.UNKNOWN, "There is no part {part} in the catalogue."),
    "part_not_of_model": Template(K.INVALID, "Part {part} does not belong to model {model}."),
    "stock_move_invalid": Template(K.INVALID, "Part {part} can’t be moved like that: check quantity and places."),
    "stock_move_reversed": Template(K.CONFLICT, "This move of part {part} is a correction; make the first one again."),
    "old_part_unknown": Template(K.UNKNOWN, "No old part with this tag is expected here."),
    "old_part_received": Template(K.CONFLICT, "This old part has already been received."),
    "old_part_serial_missing": Template(K.INVALID, "Enter the old part’s serial number, or say that it has none."),
    "old_parts_untagged": Template(K.CONFLICT, "Tag the old parts first: {count} without a tag."),
    "old_part_not_tagged": Template(K.CONFLICT, "This old part has not been tagged by its station."),
    # requests, shipments, transfers, counts, the parts account
    "supersession_cycle": Template(K.INVALID, "The replacements of part {part} come back to themselves: {chain}"),
    "part_request_unknown": Template(K.UNKNOWN, "There is no such request for parts, or no such line in it."),
    "part_request_closed": Template(K.CONFLICT, "Nothing of this request for parts is open any more."),
    "part_request_sent": Template(K.CONFLICT, "Parts of this request are on their way; receive them first."),
    "allocation_too_much": Template(K.CONFLICT, "Of part {part} only {open} are still to be decided on."),
    "part_no_substitute": Template(K.INVALID, "Part {part} does not replace {asked}."),
    "shipment_unknown": Template(K.UNKNOWN, "There is no such shipment here. Sync, or check the delivery note."),
    "shipment_received": Template(K.CONFLICT, "This shipment has already been received."),
    "shipment_not_received": Template(K.CONFLICT, "This shipment has not been received yet."),
    "shipment_settled": Template(K.CONFLICT, "This shipment has no difference left to settle."),
    "shipment_not_granted": Template(K.CONFLICT, "Of part {part} only {granted} are granted and not sent yet."),
    "transfer_unknown": Template(K.UNKNOWN, "There is no such transfer here."),
    "transfer_answered": Template(K.CONFLICT, "This transfer has already been answered."),
    "transfer_not_agreed": Template(K.CONFLICT, "Both stations must agree to the transfer before parts are sent."),
    "part_not_available": Template(K.CONFLICT, "Of part {part} only {available} are free; the others are kept."),
    "part_not_reserved": Template(K.CONFLICT, "So many of part {part} are not kept for this order."),
    "bag_of_another": Template(K.FORBIDDEN, "That is another technician’s bag; the station lead may move it."),
    "count_reason_missing": Template(K.INVALID, "Say why the count of part {part} differs from the books."),
    "stock_move_undone": Template(K.CONFLICT, "This move of part {part} has already been undone."),
    "parts_account_frozen": Template(K.CONFLICT, "HQ has frozen the station’s parts account: {reason}"),
    "parts_account_overdue": Template(
        K.CONFLICT, "The parts account is frozen: an old part is {days} days overdue. Send it back first."
    ),
    "parts_account_limit": Template(
        K.CONFLICT,
        "This would pass the parts account’s limit of ¥{limit} by ¥{over}. Return old parts, or ask less.",
    ),
    "local_purchase_forbidden": Template(K.INVALID, "Parts of class {part_class} may not be bought locally; ask HQ."),
    "local_price_too_high": Template(K.INVALID, "¥{price} a piece is more than the ¥{cap} that may be paid locally."),
    "receipt_photo_missing": Template(K.INVALID, "Take a photo of the receipt first."),
    "old_part_packed": Template(K.CONFLICT, "This old part lies in box {number} already."),
    "old_part_not_in_box": Template(K.CONFLICT, "This old part does not lie in box {number}."),
    "old_part_not_received": Template(K.CONFLICT, "This old part has not been received yet."),
    "old_part_sent": Template(K.CONFLICT, "This old part has gone back to its supplier already."),
    "old_part_not_sent": Template(K.CONFLICT, "This old part has not been sent to its supplier."),
    "old_part_not_for_supplier": Template(K.CONFLICT, "Grade the part “back to supplier” first."),
    "old_part_several": Template(
        K.CONFLICT, "{count} old parts have this part and serial number: {tags}. Give the station too."
    ),
    # boxes
    "box_unknown": Template(K.UNKNOWN, "“{number}” is no box’s number."),
    "box_number_wrong": Template(K.INVALID, "Box number {number} has a wrong character. Scan or type it again."),
    "box_elsewhere": Template(K.FORBIDDEN, "Box {number} goes to another warehouse."),
    "box_sealed": Template(K.CONFLICT, "Box {number} is sealed; take another one."),
    "box_not_sealed": Template(K.CONFLICT, "Seal box {number} first."),
    "box_empty": Template(K.CONFLICT, "Box {number} is empty."),
    "box_full": Template(K.TOO_LARGE, "Box {number} holds {limit} parts already; take another one."),
    "box_list_wrong": Template(K.INVALID, "The list of box {number} is not the one its hash tells."),
    "box_not_opened": Template(K.CONFLICT, "Scan box {number} first: nobody has begun to count it."),
    "box_closed": Template(K.CONFLICT, "The count of box {number} is closed."),
    "carrier_number_wrong": Template(K.INVALID, "“{number}” is no carrier’s number. Scan the waybill’s bar code."),
    "count_empty": Template(K.INVALID, "Scan the tag, or give the part’s number when it can’t be read."),
    "count_unknown": Template(K.UNKNOWN, "This box has no such count."),
    "count_twice": Template(K.CONFLICT, "This piece has been counted already."),
    # completion, claims, statements
    "preflight_failed": Template(K.CONFLICT, "The claim would be rejected: {count} things to mend first."),
    "codes_impossible": Template(K.INVALID, "These codes do not fit together: look at {field} {code}."),
    "codes_missing": Template(K.CONFLICT, "Code the fault first."),
    "signature_missing": Template(K.CONFLICT, "The customer’s signature is missing."),
    "statement_unknown": Template(K.UNKNOWN, "There is no such statement."),
    "statement_not_open": Template(K.CONFLICT, "The statement is “{state}” and can’t be changed now."),
    "quotation_sum_wrong": Template(K.INVALID, "The quotation’s lines do not add up to its total."),
    # operations, sync and contract
    "operation_invalid": Template(K.INVALID, "The operation can’t be read: {problem}"),
    "signature_invalid": Template(K.FORBIDDEN, "The operation’s signature does not fit the device."),
    "operation_not_parked": Template(K.CONFLICT, "This is no longer waiting for anyone."),
    "conflict_not_open": Template(K.CONFLICT, "{by} has already settled this conflict: “{value}”."),
    "pick_is_the_branchs": Template(K.FORBIDDEN, "The branch decides which value stands here."),
    "claim_in_statement": Template(K.CONFLICT, "The claim of this order already stands in a statement."),
    "order_left": Template(K.CONFLICT, "The order had left your place meanwhile ({action}, {by}); the branch decides."),
    "schema_newer": Template(
        K.CONFLICT, "This was made by a newer Fixpoint; HQ judges it when it has been updated too. Nothing is lost."
    ),
    "schema_too_old": Template(
        K.CONFLICT, "This was made by a Fixpoint that is too old for HQ to read. It is kept; ask HQ what to do."
    ),
    "update_needed": Template(
        K.CONFLICT, "Update Fixpoint: HQ sends nothing to this old version. What you did here is still sent."
    ),
    "body_too_large": Template(K.TOO_LARGE, "The message is larger than {limit} bytes."),
    "body_invalid": Template(K.INVALID, "The message can’t be read: {problem}"),
    # what HQ's doors refuse
    "place_unknown": Template(K.UNKNOWN, "There is no place {place}."),
    "enrol_code_wrong": Template(K.FORBIDDEN, "This enrolment code is wrong, used or older than 15 minutes."),
    "public_key_wrong": Template(K.INVALID, "The device’s public key can’t be read."),
    "device_unknown": Template(K.FORBIDDEN, "HQ does not know this device. Enrol it."),
    "device_revoked": Template(K.FORBIDDEN, "This device is no longer trusted. Ask HQ; unsent work is still taken."),
    "challenge_wrong": Template(K.SIGNED_OUT, "The device’s proof of its key came too late or is not right."),
    "token_wrong": Template(K.SIGNED_OUT, "The device’s access has expired; it signs in again by itself."),
    "api_key_wrong": Template(K.SIGNED_OUT, "The key of the other system is not right."),
    "right_missing": Template(K.FORBIDDEN, "This key does not carry the right “{right}”."),
    "scope_not_yours": Template(K.FORBIDDEN, "This place does not receive {scope}."),
    "feed_changed": Template(K.GONE, "HQ’s data begins anew; everything is fetched again. Nothing unsent is lost."),
    "snapshot_missing": Template(K.UNKNOWN, "There is no snapshot of {scope}."),
    "blob_unknown": Template(K.UNKNOWN, "HQ does not have this picture or signature."),
    "blob_offset_wrong": Template(K.CONFLICT, "The file continues at byte {offset}."),
    "blob_hash_wrong": Template(K.INVALID, "The file arrived changed and was thrown away; it is sent again."),
    "operation_unknown": Template(K.UNKNOWN, "HQ has not received this operation."),
    "operation_failed": Template(K.CONFLICT, "HQ could not apply this; the error is its own and was reported."),
    "waits_behind": Template(K.CONFLICT, "This waits for an earlier step of the same order that is parked."),
    "too_many_requests": Template(K.TOO_MANY, "Too many requests. Try again in {seconds} seconds."),
    "request_invalid": Template(K.INVALID, "The request is not complete or not right: {problem}"),
    "hq_busy": Template(K.UNREACHABLE, "HQ is busy for a moment; it is tried again."),
    "hq_error": Template(K.DAMAGED, "HQ had an error of its own ({incident}). Nothing was lost; it is tried again."),
    # rescue files, leaving, waiting work
    "rescue_unreadable": Template(K.INVALID, "{file} is not a rescue file that this version can read."),
    "rescue_passphrase_needed": Template(
        K.INVALID, "A rescue file needs its passphrase (a prompt, --passphrase-file or FIXPOINT_RESCUE_PASSPHRASE)."
    ),
    "rescue_passphrases_differ": Template(K.INVALID, "The two passphrases differ. Nothing was written."),
    "rescue_passphrase_wrong": Template(K.FORBIDDEN, "The passphrase does not open this rescue file."),
    "rescue_damaged": Template(K.INVALID, "The rescue file is damaged ({problem}). Nothing was taken from it."),
    "rescue_forged": Template(K.FORBIDDEN, "The rescue file was not signed by the device it names. Nothing was taken."),
    "rescue_too_large": Template(K.TOO_LARGE, "The rescue file names more than one file may hold."),
    "rescue_other_hq": Template(K.CONFLICT, "The rescue file of {place} belongs to another HQ. Nothing was taken."),
    "rescue_not_yours": Template(
        K.FORBIDDEN, "Only a device of the same branch, or HQ itself, may hand this rescue file in."
    ),
    "rescue_unknown": Template(K.UNKNOWN, "HQ does not know this rescue file yet. Import it again."),
    "rescue_inside_profile": Template(
        K.INVALID, "{file} lies in the folder that is to be removed. Choose a place outside, such as a memory stick."
    ),
    "work_unsent": Template(
        K.CONFLICT,
        "Not yet at HQ: {operations} steps, {photos} photos or signatures. Sync first, or write a rescue file "
        "(--rescue FILE).",
    ),
    "wipe_unconfirmed": Template(K.CONFLICT, "Nothing was removed. Confirm with --yes."),
    "device_ambiguous": Template(K.CONFLICT, "{count} devices are called “{name}”; use the id: {ids}."),
    "device_named_wrong": Template(K.UNKNOWN, "There is no device “{name}”."),
    "login_unknown": Template(K.UNKNOWN, "Nobody logs in as “{login}”."),
    "login_ambiguous": Template(K.CONFLICT, "{count} people log in as “{login}”; use the id: {ids}."),
    "parked_unreadable": Template(
        K.CONFLICT, "What was given to this step is not known here. Withdraw it and do it again."
    ),
    # a device and its HQ
    "not_enrolled": Template(K.CONFLICT, "This computer is not enrolled yet. Ask HQ for an enrolment code."),
    "already_enrolled": Template(K.CONFLICT, "This profile is already enrolled for {place}."),
    "hq_unreachable": Template(K.UNREACHABLE, "HQ can’t be reached. Your work is kept and will be sent later."),
    "hq_failed": Template(K.UNREACHABLE, "HQ has a problem ({status}). Your work is kept and will be sent later."),
    "hq_unexpected": Template(
        K.UNREACHABLE, "What answered does not behave like HQ ({problem}). Check the address; your work is kept."
    ),
    "hq_address_wrong": Template(K.INVALID, "“{url}” is not an address of HQ. It begins with https://."),
    "hq_other": Template(K.CONFLICT, "Another HQ answers at this address. Nothing was sent to it."),
    "hq_untrusted": Template(K.CONFLICT, "HQ’s certificate is not the one of enrolment. Nothing was sent."),
    "sync_failed": Template(K.UNREACHABLE, "Syncing stopped by an error of the program; your work is kept."),
    # keys and log-in
    "passphrase_needed": Template(
        K.CONFLICT, "The keys of this profile need a passphrase (FIXPOINT_PASSPHRASE or the prompt)."
    ),
    "passphrase_wrong": Template(K.FORBIDDEN, "The passphrase of the key file is not right."),
    "passphrase_too_short": Template(K.INVALID, "The passphrase needs at least {least} characters."),
    "key_store_locked": Template(K.CONFLICT, "The key store “{store}” is locked. Unlock it and try again."),
    "key_store_changed": Template(
        K.DAMAGED,
        "The keys are in “{recorded}”, but this computer now offers “{found}”. Log in to the old desktop session.",
    ),
    "key_store_failed": Template(
        K.DAMAGED, "The key store “{store}” did not answer as it should. Nothing was changed."
    ),
    "key_missing": Template(K.DAMAGED, "The key store “{store}” no longer holds this profile’s keys."),
    "key_record_missing": Template(
        K.DAMAGED, "A database is here but the record of its keys is gone. Put {file} back."
    ),
    "key_damaged": Template(K.DAMAGED, "The record of this profile’s keys ({file}) is damaged. Put a copy of it back."),
    "login_needed": Template(K.SIGNED_OUT, "Log in first."),
    "login_wrong": Template(K.FORBIDDEN, "The name or the password is not right."),
    "login_wait": Template(K.FORBIDDEN, "Too many wrong passwords. Try again in {seconds} seconds."),
    "password_on_command_line": Template(
        K.INVALID, "Other programs can see a command line: give the password by standard input (--args -)."
    ),
    "password_length": Template(K.INVALID, "A password needs {least} to {most} characters."),
    # the local database and files
    "database_key_wrong": Template(K.DAMAGED, "The key does not open this database. It belongs to another profile."),
    "database_damaged": Template(
        K.DAMAGED, "Page {page} of the local database is damaged. Backup to restore: {backup}."
    ),
    "books_wrong": Template(
        K.DAMAGED,
        "The records on this device do not fit together at {count} places (the first: {first}). Nothing is deleted; "
        "write a rescue file and call headquarters.",
    ),
    "database_missing": Template(K.DAMAGED, "The local database is gone. Backup to restore: {backup}."),
    "database_not_encrypted": Template(K.DAMAGED, "The local database is not encrypted; it was not made by Fixpoint."),
    "database_newer": Template(K.CONFLICT, "The local database was made by a newer Fixpoint. Update this program."),
    "database_busy": Template(K.CONFLICT, "Another Fixpoint process is writing. Try again in a moment."),
    "database_unwritable": Template(K.DAMAGED, "The local database can’t be written. Check the rights of {folder}."),
    "disk_full": Template(K.DAMAGED, "The disk is full. Free some space on the disk of {folder}; nothing was lost."),
    "disk_error": Template(K.DAMAGED, "The disk of {folder} reports an error. Nothing was saved; check the disk."),
    "profile_unwritable": Template(K.DAMAGED, "The data folder {folder} can’t be written."),
    "profile_in_use": Template(K.CONFLICT, "Close Fixpoint and its commands on this profile first."),
    "window_open": Template(K.CONFLICT, "Fixpoint’s window is already open for this profile (process {process})."),
    "backup_unknown": Template(K.UNKNOWN, "There is no backup “{backup}”."),
    "backup_damaged": Template(K.DAMAGED, "The backup “{backup}” is damaged and can’t be restored."),
    "blob_missing": Template(K.UNKNOWN, "The picture or signature is not on this computer."),
    "blob_damaged": Template(K.DAMAGED, "A stored picture or signature is damaged ({name})."),
    "blob_too_large": Template(K.TOO_LARGE, "The file is larger than {limit} bytes."),
    "registry_damaged": Template(K.DAMAGED, "The registry of units is damaged or not complete: {problem}"),
    # identifiers and labels
    "imei_wrong_length": Template(K.INVALID, "“{imei}” is not an IMEI: it has {length} digits instead of 15."),
    "imei_wrong_digit": Template(
        K.INVALID, "IMEI {imei} has a wrong digit: the last one should be {expected}. Compare it with the label."
    ),
    "imei_is_gtin": Template(K.INVALID, "This is the product code {gtin}, not an IMEI. Scan the IMEI’s own bar code."),
    "meid_wrong": Template(K.INVALID, "“{meid}” is not a MEID: compare it with the label."),
    "gtin_wrong": Template(K.INVALID, "“{gtin}” is not a product bar code: its check digit is wrong."),
    "gs1_unreadable": Template(K.INVALID, "The GS1 bar code was read, but its content is damaged. Scan it again."),
    "gs1_separator_lost": Template(
        K.INVALID,
        "Where the number in this GS1 code ends is not sure: the scanner leaves out the separators. "
        "Set it to send them (GS, ASCII 29), use the camera, or type the number.",
    ),
    "serial_empty": Template(K.INVALID, "The serial number is missing. Scan or type it."),
    "serial_placeholder": Template(K.INVALID, "“{serial}” is not a real serial number. Scan the one on the unit."),
    "serial_check_wrong": Template(
        K.INVALID, "Serial number {serial} has a wrong character: its check character does not fit."
    ),
    "serial_unclear": Template(
        K.INVALID, "The code marks “{text}” as the serial number; which part of it counts is not sure. Type the number."
    ),
    "serial_offered": Template(
        K.CONFLICT, "{serial} was read with one character more, which is the bar code’s check. Compare, then choose it."
    ),
    "serial_date_impossible": Template(K.INVALID, "Serial number {serial} names a day that does not exist."),
    "label_no_code": Template(K.INVALID, "No bar code was found. Go closer, avoid glare, or type the number."),
    "label_no_serial": Template(K.INVALID, "No serial number among the codes ({count}). Scan the label on the unit."),
    "label_tie": Template(K.CONFLICT, "{count} serial numbers fit equally well: {serials}. Choose one."),
    "invoice_unreadable": Template(K.INVALID, "The invoice’s QR code was read, but its content is damaged."),
    "old_part_tag_wrong": Template(K.INVALID, "Old-part tag {tag} has a wrong character. Scan or type it again."),
    "patterns_damaged": Template(K.DAMAGED, "The serial number patterns can’t be used: {problem}"),
    # printers and papers
    "receipt_too_early": Template(K.CONFLICT, "A repair receipt is printed when the repair is finished."),
    "printer_none": Template(
        K.UNREACHABLE, "This computer has no printer. Install one in the system’s settings, or save it as PDF."
    ),
    "printer_missing": Template(K.UNREACHABLE, "Printer {printer} is not there any more. Choose another one."),
    "printer_failed": Template(K.UNREACHABLE, "Printer {printer} did not take the page. Is it on, and has it paper?"),
    # scanner
    "file_missing": Template(K.UNKNOWN, "There is no file {file}."),
    "file_unreadable": Template(K.INVALID, "{file} can’t be opened: {problem}"),
    "file_too_large": Template(K.TOO_LARGE, "{file} is larger than {limit} MB; use a smaller picture."),
    "format_unknown": Template(K.INVALID, "There is no kind of code “{format}”. The kinds are: {formats}"),
    "picture_unknown": Template(K.INVALID, "{file} is not a picture or PDF that can be read."),
    "pictures_none": Template(K.UNKNOWN, "There are no pictures in {folder}."),
    "pictures_too_many": Template(
        K.TOO_LARGE, "These are more than {limit} pictures; choose the folder of the day, not the whole telephone."
    ),
    "file_changed": Template(K.CONFLICT, "{file} was changed since it was read; read the folder again."),
    "picture_raw": Template(
        K.INVALID, "{file} is a camera’s raw file; bring the JPEG or HEIC picture that the camera saves beside it."
    ),
    "picture_damaged": Template(K.INVALID, "{file} is damaged or incomplete; copy it again."),
    "picture_too_large": Template(K.TOO_LARGE, "{file} has more than {limit} million pixels; use a smaller picture."),
    "pdf_locked": Template(K.INVALID, "{file} is protected by a password; save it without one."),
    "pdf_pages_left_out": Template(K.TOO_LARGE, "{file} has {count} pages; only the first {limit} were read."),
    "camera_missing": Template(K.UNREACHABLE, "Camera {camera} can’t be opened: it is missing or used elsewhere."),
    "camera_busy": Template(
        K.UNREACHABLE, "Camera {camera} gives no picture. Close the other program that uses it, then start it again."
    ),
    "camera_denied": Template(
        K.UNREACHABLE, "This computer does not let the program use camera {camera}. Allow it in the system’s settings."
    ),
    "camera_ended": Template(K.UNREACHABLE, "Camera {camera} sends no more pictures. Check its cable."),
    "serial_port_missing": Template(K.UNREACHABLE, "Serial port {port} can’t be opened: {problem}"),
    "serial_port_refused": Template(
        K.UNREACHABLE, "Serial port {port} is used by another program, or this user may not open it ({problem})."
    ),
    "serial_port_unplugged": Template(K.UNREACHABLE, "The scanner at {port} was unplugged. Plug it in again."),
    "scan_mixed": Template(K.CONFLICT, "Two came at once, two scanners or a scanner and a key. Scan again, alone."),
    "scan_doubtful": Template(K.INVALID, "The scan came in pieces, and one may not belong to it. Scan again."),
    "scan_layout": Template(
        K.CONFLICT, "Scanner and computer may be set to different keyboards. Do the test scan in Settings once."
    ),
    "scan_swallowed": Template(K.INVALID, "The input method took parts of the scan. Switch it off and scan again."),
    "scan_frame": Template(K.INVALID, "“{text}” lacks the prefix or suffix that Settings names. Mend that there."),
    # HQ's desks and command line
    "branch_unknown": Template(K.UNKNOWN, "No branch can be told from “{branch}”; name the branch by its code."),
    "product_class_unknown": Template(K.INVALID, "There is no product line “{product_class}”."),
    "month_invalid": Template(K.INVALID, "“{month}” is no month; write it like 2026-03."),
    "import_kind_unknown": Template(K.INVALID, "“{kind}” can’t be imported; these can: {kinds}."),
    "import_too_large": Template(K.TOO_LARGE, "{file} is larger than {limit} MB; split it."),
    "import_invalid": Template(K.INVALID, "{count} of {total} rows can’t be imported; nothing was changed."),
    "hq_not_initialised": Template(K.UNKNOWN, "There is no headquarters in {database} yet. Run “fixpoint-hq init”."),
    "hq_database_not_empty": Template(
        K.CONFLICT, "The database {database} already holds a headquarters. Nothing was changed."
    ),
    "hq_database_unreachable": Template(K.UNREACHABLE, "The database {database} can’t be reached: {problem}"),
    "backup_other_version": Template(
        K.CONFLICT, "The backup “{backup}” was made by another version of Fixpoint HQ ({revision})."
    ),
    "file_exists": Template(K.CONFLICT, "{file} is there already; choose another name."),
}
