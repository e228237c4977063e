"""The account's tables: each record is the service's own JSON; what is filtered or ordered by is a generated column of it."""

# An instant as the service filters it: UTC with milliseconds, so that text order is time order; '' when the record has none.
# The service itself writes `Z`, `-04:00` and `+0000`; the last is the one that SQLite does not read.
_INSTANT = (
    "TEXT AS (COALESCE(STRFTIME('%Y-%m-%dT%H:%M:%fZ', REPLACE(json_extract(body, '$.{0}'), '+0000', 'Z')), '')) STORED"
)
_TEXT = "TEXT COLLATE NOCASE AS (COALESCE(json_extract(body, '$.{0}'), '')) STORED"
_ID = "INTEGER AS (COALESCE(CAST(json_extract(body, '$.{0}') AS INTEGER), 0)) STORED"
_AMOUNT = "REAL AS (COALESCE(json_extract(body, '$.amount'), 0)) STORED"

SCHEMA = f"""
CREATE TABLE IF NOT EXISTS infusionsoft_account (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    profile TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS infusionsoft_tenant (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    name TEXT NOT NULL
);
-- Habits of the service that its documentation leaves open, by the names of `settings.SWITCHES`.
CREATE TABLE IF NOT EXISTS infusionsoft_setting (name TEXT PRIMARY KEY, is_on INTEGER NOT NULL);

CREATE TABLE IF NOT EXISTS infusionsoft_order (
    id INTEGER PRIMARY KEY,
    body TEXT NOT NULL,
    title {_TEXT.format("title")},
    paid INTEGER AS (COALESCE(json_extract(body, '$.status') = 'PAID', 0)) STORED,
    order_type {_TEXT.format("order_type")},
    contact_id {_ID.format("contact.id")},
    invoice_id {_ID.format("invoice_id")},
    invoice_xid TEXT NOT NULL,
    created {_INSTANT.format("creation_time")},
    modified {_INSTANT.format("modification_time")},
    ordered {_INSTANT.format("order_time")},
    locality {_TEXT.format("shipping_information.address.locality")},
    region_code {_TEXT.format("shipping_information.address.region_code")},
    postal_code {_TEXT.format("shipping_information.address.postal_code")},
    country_code {_TEXT.format("shipping_information.address.country_code")}
);
CREATE INDEX IF NOT EXISTS infusionsoft_order_created ON infusionsoft_order (created, id);
CREATE INDEX IF NOT EXISTS infusionsoft_order_modified ON infusionsoft_order (modified, id);
CREATE INDEX IF NOT EXISTS infusionsoft_order_ordered ON infusionsoft_order (ordered, id);
CREATE INDEX IF NOT EXISTS infusionsoft_order_contact ON infusionsoft_order (contact_id);

CREATE TABLE IF NOT EXISTS infusionsoft_contact (
    id INTEGER PRIMARY KEY,
    body TEXT NOT NULL,
    given_name {_TEXT.format("given_name")},
    family_name {_TEXT.format("family_name")},
    middle_name {_TEXT.format("middle_name")},
    website {_TEXT.format("website")},
    company_id {_ID.format("company.id")},
    email TEXT COLLATE NOCASE NOT NULL,
    created {_INSTANT.format("create_time")},
    updated {_INSTANT.format("update_time")}
);
CREATE INDEX IF NOT EXISTS infusionsoft_contact_email ON infusionsoft_contact (email, id);
CREATE INDEX IF NOT EXISTS infusionsoft_contact_created ON infusionsoft_contact (created, id);
CREATE INDEX IF NOT EXISTS infusionsoft_contact_updated ON infusionsoft_contact (updated, id);
CREATE INDEX IF NOT EXISTS infusionsoft_contact_name ON infusionsoft_contact (family_name, given_name);

CREATE TABLE IF NOT EXISTS infusionsoft_product (
    id INTEGER PRIMARY KEY,
    body TEXT NOT NULL,
    name {_TEXT.format("name")},
    sku {_TEXT.format("sku")},
    description {_TEXT.format("description")},
    short_description {_TEXT.format("short_description")},
    updated {_INSTANT.format("update_time")}
);
CREATE TABLE IF NOT EXISTS infusionsoft_payment (
    id INTEGER PRIMARY KEY,
    body TEXT NOT NULL,
    amount {_AMOUNT},
    contact_id {_ID.format("contact_id")},
    paid_at {_INSTANT.format("payment_time")},
    merchant_account_id {_TEXT.format("merchant_account_id")},
    merchant_account_type {_TEXT.format("merchant_account_type")},
    refund_payment_id {_ID.format("refund_payment_id")}
);
CREATE INDEX IF NOT EXISTS infusionsoft_payment_paid_at ON infusionsoft_payment (paid_at, id);
CREATE INDEX IF NOT EXISTS infusionsoft_payment_contact ON infusionsoft_payment (contact_id, id);
CREATE INDEX IF NOT EXISTS infusionsoft_payment_refund ON infusionsoft_payment (refund_payment_id);

CREATE TABLE IF NOT EXISTS infusionsoft_transaction (
    id INTEGER PRIMARY KEY,
    body TEXT NOT NULL,
    amount {_AMOUNT},
    contact_id {_ID.format("contact_id")},
    transacted {_INSTANT.format("transaction_time")},
    status {_TEXT.format("status")},
    transaction_method {_TEXT.format("transaction_method")},
    is_successful INTEGER AS (COALESCE(json_extract(body, '$.is_successful'), 0)) STORED,
    merchant_account_id {_TEXT.format("merchant_account_id")},
    merchant_account_type {_TEXT.format("merchant_account_type")}
);
CREATE INDEX IF NOT EXISTS infusionsoft_transaction_transacted ON infusionsoft_transaction (transacted, id);
CREATE INDEX IF NOT EXISTS infusionsoft_transaction_contact ON infusionsoft_transaction (contact_id, id);

-- The values of a record that are lists (an order's product ids, a payment's order ids, a contact's e-mail addresses).
CREATE TABLE IF NOT EXISTS infusionsoft_value (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL COLLATE NOCASE,
    id INTEGER NOT NULL,
    PRIMARY KEY (kind, name, value, id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS infusionsoft_value_id ON infusionsoft_value (kind, id);

-- What each of its orders got of a payment.
CREATE TABLE IF NOT EXISTS infusionsoft_share (
    id INTEGER PRIMARY KEY,
    payment_id INTEGER NOT NULL,
    order_id INTEGER NOT NULL,
    amount REAL NOT NULL,
    UNIQUE (payment_id, order_id)
);
CREATE INDEX IF NOT EXISTS infusionsoft_share_order ON infusionsoft_share (order_id);

-- A payment as an order shows it (`InvoiceOrderPayment`); `MANUAL_PAID` is a payment that no merchant account took.
CREATE VIEW IF NOT EXISTS infusionsoft_order_payment AS
WITH row AS (
    SELECT
        share.id, share.order_id, share.amount, share.payment_id, sale.invoice_id, payment.paid_at,
        COALESCE(json_extract(payment.body, '$.update_time'), '') AS updated,
        json_extract(payment.body, '$.payment_time') AS pay_time,
        json_extract(payment.body, '$.note') AS note,
        CASE
            WHEN json_extract(payment.body, '$.status') = 'PENDING' THEN 'PENDING'
            WHEN payment.amount < 0 THEN 'REFUNDED'
            WHEN payment.merchant_account_type = 'PAYPAL' THEN 'PAYPAL_PAID'
            WHEN payment.merchant_account_id = '' THEN 'MANUAL_PAID'
            ELSE 'APPROVED'
        END AS pay_status,
        0 AS skip_commission,
        (
            SELECT refunded.id FROM infusionsoft_payment AS original
            JOIN infusionsoft_share AS refunded ON refunded.payment_id = original.id
            WHERE original.refund_payment_id = payment.id AND refunded.order_id = share.order_id
        ) AS refund_of
    FROM infusionsoft_share AS share
    JOIN infusionsoft_payment AS payment ON payment.id = share.payment_id
    LEFT JOIN infusionsoft_order AS sale ON sale.id = share.order_id
)
SELECT
    id, order_id, amount, payment_id, invoice_id, paid_at, updated, pay_status, skip_commission,
    json_object(
        'id', CAST(id AS TEXT), 'amount', amount, 'note', note, 'invoice_id', CAST(NULLIF(invoice_id, 0) AS TEXT),
        'payment_id', CAST(payment_id AS TEXT), 'pay_time', pay_time, 'pay_status', pay_status,
        'last_updated_time', NULLIF(updated, ''), 'skip_commission', json('false'),
        'refund_invoice_payment_id', CAST(refund_of AS TEXT)
    ) AS body
FROM row;

CREATE TABLE IF NOT EXISTS infusionsoft_token (
    refresh_token TEXT PRIMARY KEY,
    access_token TEXT NOT NULL UNIQUE,
    refresh_valid INTEGER NOT NULL,
    access_expires REAL NOT NULL,
    refresh_expires REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS infusionsoft_code (
    code TEXT PRIMARY KEY,
    redirect_uri TEXT NOT NULL,
    expires REAL NOT NULL
);
"""
