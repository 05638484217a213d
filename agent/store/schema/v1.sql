-- Money is minor units, quantity thousandths, rates basis points. Sales never change: triggers refuse it.

CREATE TABLE series (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- What happened to sales still open. A sale is closed by its last event, in the transaction that makes the
-- bill; its events are dropped later, when the till is idle.
CREATE TABLE event (
    sale_id TEXT    NOT NULL,
    seq     INTEGER NOT NULL,
    at      TEXT    NOT NULL,
    key     TEXT    NOT NULL,
    body    TEXT    NOT NULL,
    PRIMARY KEY (sale_id, seq)
) STRICT, WITHOUT ROWID;

-- id = series.id << 32 | seq, so the primary key alone makes numbers unique and consecutive to check.
-- entry: the journal entry written with it.
CREATE TABLE bill (
    id                  INTEGER PRIMARY KEY,
    number              TEXT    NOT NULL,
    sale_id             TEXT    NOT NULL,
    at                  TEXT    NOT NULL,
    business_date       TEXT    NOT NULL,
    store_code          TEXT    NOT NULL,
    till_code           TEXT    NOT NULL,
    cashier             TEXT    NOT NULL,
    kind                TEXT    NOT NULL,
    gross_minor         INTEGER NOT NULL,
    discount_minor      INTEGER NOT NULL,
    taxable_minor       INTEGER NOT NULL,
    tax_minor           INTEGER NOT NULL,
    rounding_minor      INTEGER NOT NULL,
    due_minor           INTEGER NOT NULL,
    change_minor        INTEGER NOT NULL,
    currency            TEXT    NOT NULL,
    clock_state         TEXT    NOT NULL,
    customer            TEXT,
    not_interested      TEXT    NOT NULL,
    redemptions         TEXT,
    request_key         TEXT    NOT NULL,
    entry               INTEGER NOT NULL
) STRICT;

-- id = bill.id << 9 | line number. A rowid table appends without touching its neighbours; one keyed by
-- (bill, number) rewrites two or three pages at every sale.
CREATE TABLE bill_line (
    id               INTEGER PRIMARY KEY,
    sku              TEXT    NOT NULL,
    gtin             TEXT    NOT NULL,
    name             TEXT    NOT NULL,
    hsn              TEXT    NOT NULL,
    unit             TEXT    NOT NULL,
    qty_milli        INTEGER NOT NULL,
    unit_price_minor INTEGER NOT NULL,
    gross_minor      INTEGER NOT NULL,
    discount_minor   INTEGER NOT NULL,
    amount_minor     INTEGER NOT NULL,
    taxable_minor    INTEGER NOT NULL,
    tax_bp           INTEGER NOT NULL,
    cgst_minor       INTEGER NOT NULL,
    sgst_minor       INTEGER NOT NULL,
    igst_minor       INTEGER NOT NULL,
    tax_inclusive    INTEGER NOT NULL,
    rest             TEXT
) STRICT;

-- id = bill.id << 9 | tender number.
CREATE TABLE tender (
    id           INTEGER PRIMARY KEY,
    type         TEXT    NOT NULL,
    amount_minor INTEGER NOT NULL,
    reference    TEXT    NOT NULL
) STRICT;

-- What happened at this till. hash = SHA-256(previous hash, canonical content); for a bill the content is
-- the bill itself as its rows tell it, so a change in any of them breaks the chain.
CREATE TABLE journal (
    n    INTEGER PRIMARY KEY,
    kind TEXT    NOT NULL,
    ref  INTEGER NOT NULL,
    at   TEXT    NOT NULL,
    body TEXT    NOT NULL,
    hash BLOB    NOT NULL
) STRICT;

-- What paper must still show; a job leaves for "printed" when nothing more is to be done about it.
-- copy 0 is the original; every further copy is marked as one. Neither this table nor "outbox" has an
-- index, on purpose: they hold only what is open, and a sale should touch as few pages as it can.
CREATE TABLE spool (
    id          INTEGER PRIMARY KEY,
    bill_id     INTEGER NOT NULL,
    copy        INTEGER NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('queued', 'held', 'sending', 'unknown')),
    attempts    INTEGER NOT NULL,
    handed_over INTEGER NOT NULL,
    text        TEXT    NOT NULL,
    created_at  TEXT    NOT NULL
) STRICT;

-- confirmed: the printer proved it; sent: a printer that cannot answer took every byte; answered-yes and
-- answered-no: a person looked; the last two are how an unknown job ends.
CREATE TABLE printed (
    id          INTEGER PRIMARY KEY,
    bill_id     INTEGER NOT NULL,
    copy        INTEGER NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('confirmed', 'sent', 'answered-yes', 'answered-no')),
    attempts    INTEGER NOT NULL,
    created_at  TEXT    NOT NULL,
    ended_at    TEXT    NOT NULL
) STRICT;
CREATE INDEX printed_bill ON printed (bill_id);

-- What the cloud must still hear; a row leaves for "sent" when the cloud has it. payload: the call, zlib.
CREATE TABLE outbox (
    id          INTEGER PRIMARY KEY,
    op          TEXT    NOT NULL,
    order_key   TEXT    NOT NULL,
    depends_on  INTEGER NOT NULL,
    bill_id     INTEGER NOT NULL,
    idem_key    TEXT    NOT NULL,
    payload     BLOB    NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('ready', 'inflight', 'unknown', 'parked')),
    attempts    INTEGER NOT NULL,
    first_ms    INTEGER NOT NULL,
    due_ms      INTEGER NOT NULL,
    code        TEXT    NOT NULL,
    text        TEXT    NOT NULL,
    created_ms  INTEGER NOT NULL
) STRICT;

CREATE TABLE sent (
    id         INTEGER PRIMARY KEY,
    op         TEXT    NOT NULL,
    bill_id    INTEGER NOT NULL,
    idem_key   TEXT    NOT NULL,
    digest     BLOB    NOT NULL,
    attempts   INTEGER NOT NULL,
    created_ms INTEGER NOT NULL,
    done_ms    INTEGER NOT NULL,
    server_ref TEXT    NOT NULL
) STRICT;

CREATE TABLE fact (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER bill_stays BEFORE UPDATE ON bill BEGIN SELECT RAISE(ABORT, 'a bill never changes'); END;
CREATE TRIGGER bill_remains BEFORE DELETE ON bill BEGIN SELECT RAISE(ABORT, 'a bill is never deleted'); END;
CREATE TRIGGER bill_line_stays BEFORE UPDATE ON bill_line BEGIN SELECT RAISE(ABORT, 'a bill never changes'); END;
CREATE TRIGGER bill_line_remains BEFORE DELETE ON bill_line BEGIN SELECT RAISE(ABORT, 'a bill is never deleted'); END;
CREATE TRIGGER tender_stays BEFORE UPDATE ON tender BEGIN SELECT RAISE(ABORT, 'a bill never changes'); END;
CREATE TRIGGER tender_remains BEFORE DELETE ON tender BEGIN SELECT RAISE(ABORT, 'a bill is never deleted'); END;
CREATE TRIGGER journal_stays BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_remains BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
