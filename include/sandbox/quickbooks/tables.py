"""The companies' tables.

A record is kept as the JSON that the service answers with (`body`) beside `keys`: its queryable properties made comparable (text case
folded, money as an integer of 10^-7, times as seconds of the Unix epoch), so that a query becomes plain SQL.
"""

INDEXED = ("PrimaryEmailAddr", "FamilyName", "CompanyName", "CustomerRef", "TxnDate")

SCHEMA = """
CREATE TABLE IF NOT EXISTS qbo_companies (
    realm_id TEXT PRIMARY KEY, country TEXT NOT NULL, time_zone TEXT NOT NULL, currency TEXT NOT NULL,
    sales_tax_percent TEXT, warns_of_duplicate_numbers INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE IF NOT EXISTS qbo_records (
    realm_id TEXT NOT NULL, entity TEXT NOT NULL, id NUMERIC NOT NULL, sync_token INTEGER NOT NULL,
    active INTEGER NOT NULL, deleted INTEGER NOT NULL, updated_at INTEGER NOT NULL,
    name_scope TEXT, name_key TEXT, doc_number TEXT, keys TEXT NOT NULL, body TEXT NOT NULL,
    PRIMARY KEY (realm_id, entity, id)
);
CREATE UNIQUE INDEX IF NOT EXISTS qbo_names ON qbo_records (realm_id, name_scope, name_key) WHERE name_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS qbo_numbers ON qbo_records (realm_id, entity, doc_number) WHERE doc_number IS NOT NULL;
CREATE INDEX IF NOT EXISTS qbo_changes ON qbo_records (realm_id, entity, updated_at, id);
CREATE TABLE IF NOT EXISTS qbo_sequences (
    realm_id TEXT NOT NULL, name TEXT NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (realm_id, name)
);
CREATE TABLE IF NOT EXISTS qbo_links (
    realm_id TEXT NOT NULL, payment_id TEXT NOT NULL, entity TEXT NOT NULL, txn_id TEXT NOT NULL, amount TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS qbo_links_of_payments ON qbo_links (realm_id, payment_id);
CREATE INDEX IF NOT EXISTS qbo_links_of_documents ON qbo_links (realm_id, entity, txn_id);
CREATE TABLE IF NOT EXISTS qbo_requests (
    realm_id TEXT NOT NULL, request_id TEXT NOT NULL, batch_id TEXT NOT NULL, answer TEXT NOT NULL,
    PRIMARY KEY (realm_id, request_id, batch_id)
);
CREATE TABLE IF NOT EXISTS qbo_authorization_codes (
    code TEXT PRIMARY KEY, realm_id TEXT NOT NULL, redirect_uri TEXT NOT NULL, expires_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS qbo_refresh_tokens (token TEXT PRIMARY KEY, realm_id TEXT NOT NULL, issued_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS qbo_access_tokens (token TEXT PRIMARY KEY, realm_id TEXT NOT NULL, expires_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS qbo_settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
-- A rate of NULL says that there is none.
CREATE TABLE IF NOT EXISTS qbo_rates (
    realm_id TEXT NOT NULL, currency TEXT NOT NULL, day TEXT NOT NULL, rate TEXT, PRIMARY KEY (realm_id, currency, day)
);
""" + "".join(
    f"CREATE INDEX IF NOT EXISTS qbo_by_{name.lower()} ON qbo_records "
    f"(realm_id, entity, json_extract(keys, '$.\"{name}\"'));\n"
    for name in INDEXED
)
