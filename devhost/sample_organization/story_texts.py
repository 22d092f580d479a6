"""What the people of the sample organization wrote."""

from __future__ import annotations

_BACKEND = "Backend developer"
_FRONTEND = "Frontend developer"
_OPERATIONS = "Operations engineer"

SHOP_HISTORY = (
    (_BACKEND, "PAY-1 Start the shop"),
    (_BACKEND, "PAY-2 Add the catalogue"),
    (_FRONTEND, "PAY-3 Show the catalogue"),
    (_BACKEND, "Add orders\n\nAn order keeps the price of the day.\n\nRefs PAY-4"),
    (_FRONTEND, "Show an order\n\nPAY-4, PAY-5"),
    (_OPERATIONS, "Build on every push"),
    (_BACKEND, "pay-6 lower-case keys happen too"),
    (_BACKEND, "[PAY-7] Check addresses"),
    (_FRONTEND, "fix(PAY-8): focus the first field"),
    (_BACKEND, "Speed up the catalogue\n\nIt read every price twice.\n\nFixes PAY-9"),
    (_OPERATIONS, "AB#1 Add monitoring"),
    (_BACKEND, "Take UTF-8 everywhere\n\nUTF-8 is no issue, and neither is SHA-256; PAY-10 is."),
    (_FRONTEND, "PAY-11 PAY-12 Two at once"),
    (_BACKEND, "Update a library to 2.4.1"),
    (_BACKEND, "Undo the discount\n\nThis reverts a commit of last week. See PAY-13 and PAY-14."),
    (_FRONTEND, "Speak French\n\nPAY-15 #comment done for now"),
    (_OPERATIONS, "Move to the new cluster\n\nRelated work items: #5"),
    (_BACKEND, "PAY-16 Send receipts"),
    (_BACKEND, "PAY-17: Retry receipts"),
    (_FRONTEND, "Print receipts, see PAY-16"),
)
"""(who, message), oldest first."""

TYPES_HISTORY = (
    (_BACKEND, "PAY-30 Cards"),
    (_BACKEND, "PAY-31 Direct debit\n\nWith the mandate on file."),
    (_FRONTEND, "Choose how to pay\n\nPAY-32"),
    (_BACKEND, "PAY-33 Refunds"),
    (_OPERATIONS, "Rotate the keys of the gateway"),
    (_BACKEND, "PAY-34 Partial refunds, AB#6"),
)

WORK_ITEMS = (
    ("Web shop", "Epic", "Sell abroad", "Active", None),
    ("Web shop", "User Story", "Keep the cart", "Active", 1),
    ("Web shop", "User Story", "Take vouchers", "Closed", 1),
    ("Web shop", "Bug", "Returns are lost", "Resolved", None),
    ("Web shop", "Task", "Move to the new cluster", "Closed", None),
    ("Zahlungen & Café #1", "Bug", "Partial refunds fail", "New", None),
)
"""(project, type, title, state, parent), numbered from 1."""

ODD_MESSAGES = (
    "PAY-22 Ship it 🚀 — naïve façade, 支払い, \u202eright to left\u202c",
    "One line for git,\u2028two for others: PAY-23",
    "PAY-24 Windows line ends\r\n\r\nThe body has them too.\r\n",
    "PAY-25 A blank body\n\n\n",
    "<script>alert('PAY-26')</script> & \"quotes\"",
)

LONG_MESSAGE = "PAY-27 Release notes of the year\n\n" + "".join(
    f"* Change {number}: what was slow is fast, what was missing is there.\n"
    for number in range(1, 301)
)
"""Some 20 kB."""

LONG_DESCRIPTION = (
    "Customers send things back, and until today somebody typed each return by hand. "
    "This adds a page on which they say what comes back and why, a label that they print, and "
    "a list for the warehouse. Nothing changes for orders that are older than the legal period. "
    "The label comes from the carrier; when the carrier does not answer, the page says so and "
    "sends it by mail later. The tests cover every carrier that has a test system of its own.\n\n"
    "Far down, beyond what lists show of a description, stands the key: PAY-111."
)
