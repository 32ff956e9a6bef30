# Everything a newcomer needs: `make demo`, `make test`. `make help` lists the rest.

# Queries are checked against the committed `.sqlx` data, whatever DATABASE_URL the shell has.
export SQLX_OFFLINE := true
# What `setup/install` brought for this checkout comes first.
export PATH := $(CURDIR)/.flashline/tools/bin:$(PATH)
# The private servers that tests start.
TEST_SETS := test test-0 test-1 test-2 tls tls-cluster cluster chaos-1 stories-1 contenders
SERVICES := -p ingress -p dispenser -p order-worker -p notifier -p loadgen -p migrations

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Sell a sample sale to 5,000 simulated shoppers on real servers, and judge it
	@setup/install build
	@setup/install servers & cargo build --workspace --bins && wait $$!
	target/debug/loadgen demo

.PHONY: test
test: ## Formatting, lints, and all tests against private real servers and a real browser
	@setup/install build servers edge tests mail stripe pages browser contract
	setup/check
	cargo fmt --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo build --workspace --bins
	web/is-built
	compose/prometheus/check
	bench/capacity --check
	docs/configuration --check
	docs/architecture --check
	@status=0; cargo nextest run --workspace --no-fail-fast || status=1; \
		contract/run || status=1; \
		npm --prefix web test || status=1; \
		for set in $(TEST_SETS); do compose/servers --name $$set down; done; exit $$status

.PHONY: bench
bench: ## Measure Flashline beside its alternatives (half an hour; writes bench/report.html)
	@setup/install build servers
	cargo build --release --bins $(SERVICES)
	target/release/loadgen bench

.PHONY: chaos
chaos: ## Break things in 200 sales, and judge every promise (writes docs/faults.md)
	@setup/install build servers stripe
	cargo build --workspace --bins
	target/debug/loadgen chaos --table docs/faults.md

.PHONY: stories
stories: ## Let people loose on 200 sales while the clock jumps, and judge what they were told (writes docs/stories.md)
	@setup/install build servers
	cargo build --workspace --bins
	target/debug/loadgen story --table docs/stories.md

.PHONY: contract
contract: ## Hold a running ingress to its OpenAPI document (a minute)
	@setup/install build servers contract
	cargo build --workspace --bins
	contract/run

.PHONY: deny
deny: ## Check what we are built from: licences, bans, sources; advisories where they can be fetched
	@setup/install deny
	cargo deny check licenses bans sources
	@if timeout 120 cargo deny fetch db >/dev/null 2>&1; then cargo deny check advisories; else \
		echo "SKIPPED: advisories; github.com/RustSec/advisory-db cannot be fetched from this machine" >&2; fi

.PHONY: manifests
manifests: ## Hold the Kubernetes and Compose files against their schemas
	deploy/validate

.PHONY: pages
pages: ## Build the pages after changing `web/`
	@setup/install pages
	npm --prefix web run build

.PHONY: journeys
journeys: ## Only what people do on the pages, in Chromium
	@setup/install build servers mail pages browser
	cargo build --workspace --bins
	npm --prefix web test

.PHONY: pictures
pictures: ## Take the pictures of the README anew
	@setup/install build servers pages browser
	cargo build --workspace --bins
	npm --prefix web run screenshots

.PHONY: queries
queries: ## Refresh `.sqlx` after changing a query (needs sqlx-cli)
	compose/queries

.PHONY: clean
clean: ## Stop our servers and delete their data
	@for set in dev demo bench chaos-2 chaos-3 chaos-4 stories-2 $(TEST_SETS); do compose/servers --name $$set reset; done
