-- Goods that came back: what each return took off which bill, so that no more comes back than was sold.
-- number: the original bill, also one this till does not know; of_line: its line, 0 for money alone.
CREATE TABLE returned (
    bill_id      INTEGER NOT NULL,
    line         INTEGER NOT NULL,
    number       TEXT    NOT NULL,
    of_line      INTEGER NOT NULL,
    how          TEXT    NOT NULL CHECK (how IN ('FULL', 'LINE_ITEM', 'AMOUNT', 'CANCELLED')),
    qty_milli    INTEGER NOT NULL,
    amount_minor INTEGER NOT NULL,
    PRIMARY KEY (bill_id, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX returned_number ON returned (number);

-- Retro: the customer a not-interested bill was given afterwards. The bill itself never changes.
CREATE TABLE tagged (
    bill_id  INTEGER PRIMARY KEY,
    at       TEXT NOT NULL,
    customer TEXT NOT NULL
) STRICT;

-- Which redemptions of a bill the cloud has: asked when the bill comes back whole.
CREATE INDEX sent_redemption ON sent (bill_id) WHERE op IN ('points_redeem', 'coupon_redeem');
