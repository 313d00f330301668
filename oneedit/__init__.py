"""OneEdit, the application: its service, ledger, web pages, command line and benchmarks."""
