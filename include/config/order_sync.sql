-- Run by psql (14 or later) at each start of the deployment, as the server's superuser: the sync has a role, a password and a database of
-- its own, apart from Airflow's. What is there from before is handed to the role.
\set ON_ERROR_STOP on
\getenv password ORDER_SYNC_DATABASE_PASSWORD

SELECT 'CREATE ROLE order_sync' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'order_sync') \gexec
ALTER ROLE order_sync LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';

SELECT 'CREATE DATABASE order_sync' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'order_sync') \gexec
ALTER DATABASE order_sync OWNER TO order_sync;
REVOKE ALL ON DATABASE order_sync FROM PUBLIC;
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()) \gexec

\connect order_sync
SELECT format('ALTER TABLE %I.%I OWNER TO order_sync', schemaname, tablename)
FROM pg_tables WHERE schemaname = 'public' AND tableowner <> 'order_sync' \gexec
