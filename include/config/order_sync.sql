-- Run by the PostgreSQL container when its volume is new: the sync keeps its tables apart from Airflow's.
CREATE DATABASE order_sync;
