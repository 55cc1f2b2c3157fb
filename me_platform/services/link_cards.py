"""The link card of whoever agreed to be counted once over several organisations, and cards shown from elsewhere.

The code of her own card is made from her receipt code, so that it is stored nowhere and can be shown to her again, by
whom alone holds that code. What is stored of a card is a MAC of its code, sealed to the person: it opens with the vault
only, and not here. Source: privacy-and-safety 1.6 and part 2, R13. Nothing here commits: ``answering`` does.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.orm import Session

from me_platform.sealing.envelope import Place, compute_code_mac, seal_to_person
from me_platform.services.codes import CodePurpose, make_card_code
from me_platform.services.receipts import find_agreement
from me_platform.services.sittings import Doorstep, OpenSitting
from me_platform.storage.link_cards import LinkCardRow, add_link_card, count_link_cards
from me_platform.storage.responses import find_public_key
from me_platform.surveys.definition import Purpose
from me_platform.surveys.flow import NOT_AN_ACTION, StepRefused

TABLE = "link_card"
MOST_CARDS = 12
"""So many cards are kept of a person at one organisation; nobody needs as many."""


def find_card(session: Session, doorstep: Doorstep, sitting: OpenSitting) -> str:
    """The code of the card of whoever holds the receipt; empty where she does not agree to be linked."""
    states = find_agreement(session, doorstep, sitting).states
    if not any(state.given and state.text.purpose is Purpose.LINK for state in states):
        return ""
    return make_card_code(doorstep.pepper, sitting.draft.receipt_code)


def take_card(session: Session, doorstep: Doorstep, sitting: OpenSitting, shown: str = "") -> bool:
    """Keep her own card, and one she shows. False, and nothing kept, where she does not agree or is there no more.

    The same card a second time changes nothing, and what is kept tells of no card whether it is known elsewhere.
    Raises StepRefused for more cards than anybody needs.
    """
    own, row = find_card(session, doorstep, sitting), sitting.row
    public_key = find_public_key(session, row.person)
    if not own or not public_key:
        return False
    if shown and count_link_cards(session, row.person) >= MOST_CARDS:
        raise StepRefused(NOT_AN_ACTION, sitting.draft.language)
    for code in filter(None, (own, shown)):
        mac = compute_code_mac(doorstep.pepper, CodePurpose.CARD, code)
        # The id is that of this card of this person: a tap repeated adds nothing, and no two people's are alike.
        card = UUID(bytes=compute_code_mac(doorstep.pepper, CodePurpose.CARD_ROW, row.person.bytes + mac)[:16])
        sealed = seal_to_person(public_key, mac, Place(TABLE, card, row.partner))
        add_link_card(session, LinkCardRow(card, row.partner, row.person, doorstep.sources.today(), sealed))
    # Erased while this was being written (the insert waits for the worker): sealed to a key that is gone.
    return find_public_key(session, row.person) == public_key
