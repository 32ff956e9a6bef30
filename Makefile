# Everything a newcomer needs: `make demo`, `make test`. `make help` lists the rest.

# Queries are checked against the committed `.sqlx` data, whatever DATABASE_URL the shell has.
export SQLX_OFFLINE := true
SERVICES := -p ingress -p dispenser -p order-worker -p notifier -p loadgen -p migrations

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: servers ## Sell a sample sale to 5,000 simulated shoppers on real servers, and judge it
	cargo build --release --bins $(SERVICES)
	target/release/loadgen demo

.PHONY: test
test: servers nextest ## Formatting, lints, and all tests against private real servers
	cargo fmt --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo build --workspace --bins
	@cargo nextest run --workspace --no-fail-fast; status=$$?; compose/servers --name test down; exit $$status

.PHONY: servers
servers: ## Install RabbitMQ, Redis and PostgreSQL where they are missing
	@compose/servers install

.PHONY: nextest
nextest:
	@command -v cargo-nextest >/dev/null || cargo install --locked cargo-nextest

.PHONY: queries
queries: ## Refresh `.sqlx` after changing a query (needs sqlx-cli)
	compose/queries

.PHONY: clean
clean: ## Stop our servers and delete their data
	@for set in dev demo test; do compose/servers --name $$set reset; done
