-- Goods that came back: what each return took off which bill, so that no more comes back than was sold.
-- number: the original bill, also one this till does not know; of_line: its line, 0 for money alone.
-- amount: what the goods were worth; given: the money they gave back, rounding included.
CREATE TABLE returned (
    bill_id      INTEGER NOT NULL,
    line         INTEGER NOT NULL,
    number       TEXT    NOT NULL,
    of_line      INTEGER NOT NULL,
    how          TEXT    NOT NULL CHECK (how IN ('FULL', 'LINE_ITEM', 'AMOUNT', 'CANCELLED')),
    qty_milli    INTEGER NOT NULL,
    amount_minor INTEGER NOT NULL,
    given_minor  INTEGER NOT NULL,
    PRIMARY KEY (bill_id, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX returned_number ON returned (number);

-- Retro: the customer a not-interested bill was given afterwards, sealed; empty once erased. The bill itself
-- never changes.
CREATE TABLE tagged (
    bill_id  INTEGER PRIMARY KEY,
    at       TEXT NOT NULL,
    customer TEXT NOT NULL
) STRICT;

-- Which redemptions of a bill the cloud has: asked when the bill comes back whole.
CREATE INDEX sent_redemption ON sent (bill_id) WHERE op IN ('points_redeem', 'coupon_redeem');

-- What is kept of calls that are done names nobody: no coupon code, no id of a customer.
UPDATE sent SET idem_key = op || ':' || bill_id WHERE op = 'coupon_redeem';
UPDATE sent SET server_ref = '' WHERE op IN ('customer_add', 'customer_update');

-- What the cloud will never hear, because a person said so. waived: a supervisor gave it up; settled: the
-- customer paid what a redemption owed. digest: a keyed digest of the request, which itself is gone.
CREATE TABLE waived (
    id           INTEGER PRIMARY KEY,
    how          TEXT    NOT NULL CHECK (how IN ('waived', 'settled')),
    op           TEXT    NOT NULL,
    bill_id      INTEGER NOT NULL,
    code         TEXT    NOT NULL,
    digest       BLOB    NOT NULL,
    attempts     INTEGER NOT NULL,
    created_ms   INTEGER NOT NULL,
    at           TEXT    NOT NULL,
    who          TEXT    NOT NULL,
    reason       TEXT    NOT NULL,
    tender       TEXT    NOT NULL,
    reference    TEXT    NOT NULL,
    amount_minor INTEGER NOT NULL,
    request_key  TEXT    NOT NULL
) STRICT;

-- Who buys or bought, sealed when they are set. The bill's row keeps a salted digest in "customer" and its
-- hash covers that, so a row here may go while the bill stays and verifies. Bills of schema 1 hold their
-- customer in their own row.
CREATE TABLE bill_customer (
    sale_id TEXT PRIMARY KEY,
    day     TEXT NOT NULL,
    sealed  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Members found before, for when the cloud is away; who is a keyed digest of one identifier.
CREATE TABLE member (
    who    BLOB PRIMARY KEY,
    at_ms  INTEGER NOT NULL,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Wrong PINs of supervisors in a row, and until when a name is locked.
CREATE TABLE pin_tries (
    name            TEXT    PRIMARY KEY,
    wrong           INTEGER NOT NULL,
    locked_until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Of a parked call: nobody knows whether it arrived, so a redemption owes nothing until that is looked up.
ALTER TABLE outbox ADD COLUMN unsure INTEGER NOT NULL DEFAULT 0;

-- Of a customer's call: one of ours about the same customer went before it while it waited, so that the cloud's
-- date of the last change may be our own.
ALTER TABLE outbox ADD COLUMN follows INTEGER NOT NULL DEFAULT 0;
