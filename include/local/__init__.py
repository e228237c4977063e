"""The project on this machine: the environment of a local run, and `make up`."""
