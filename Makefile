# bros: make help shows what there is.
.DEFAULT_GOAL := help
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LDFLAGS := -s -w -X main.version=$(VERSION)
GO_BUILD := CGO_ENABLED=0 go build -ldflags '$(LDFLAGS)'

LINT_VERSION := 2.15.0
LINT := .tools/golangci-lint-$(LINT_VERSION)

# What goes into the pages; the generated types among it.
WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path 'web/dist/*' \
	-not -path 'web/test-results/*' -not -path 'web/playwright-report/*' -not -name '*.tsbuildinfo' -not -name '*.go')

# How long one fuzz target runs, and how many random days make soak lives through.
FUZZTIME ?= 30s
SEEDS ?= 300
# How many entrances make bench-addresses makes up.
BENCH_DOORS ?= 6000000
# How many days ahead make test-ahead sets the clock.
DAYS ?= 400
# How long make chaos goes on, and what else its program is told (-seed N, -v).
CHAOS_TIME ?= 10m
CHAOS_ARGS ?=

.PHONY: help
help: ## show this
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: build ## set up what is missing, build, and serve the demonstration (ARGS='--addr :9000')
	exec bin/bros serve --demo $(ARGS)

.PHONY: build
build: bin/bros bin/simulate ## bin/bros and bin/simulate, with the pages in them

# go build knows by itself what has changed.
.PHONY: bin/bros
bin/bros: .tools/web-built | tools-build
	$(GO_BUILD) -o $@ ./cmd/bros

.PHONY: bin/simulate
bin/simulate: | tools-build
	$(GO_BUILD) -o $@ ./cmd/simulate

.PHONY: web
web: .tools/web-built ## the pages alone

.tools/web-built: .tools/web-modules $(WEB_SOURCES)
	@touch .tools/web-begun
	npm --prefix web run --silent build -- --logLevel warn
	@# What the build has not written now is from an earlier one.
	find web/dist -type f -not -newer .tools/web-begun -not -name .gitkeep -delete
	@mv .tools/web-begun $@

.tools/web-modules: web/package-lock.json | tools-build
	@mkdir -p .tools
	npm --prefix web ci --no-fund --no-audit --loglevel error
	@touch $@

.PHONY: tools-build
tools-build:
	@.ci/need go node

.PHONY: tools-test
tools-test:
	@.ci/need go node gcc chromium redis-server korean-font

.PHONY: test
test: tools-test gen-check lint build ## everything: generated files, lint, Go with the race detector, web, browser
	CGO_ENABLED=1 go test -race -timeout 30m ./...
	NO_COLOR=1 npm --prefix web test
	@echo "the web's unit tests again, on a day 400 days from now"
	NO_COLOR=1 BROS_TEST_DAYS_AHEAD=400 npm --prefix web test
	NO_COLOR=1 npm --prefix web run e2e

.PHONY: test-ahead
test-ahead: tools-build build ## Go's and the web's tests on a day to come (DAYS=400)
	CGO_ENABLED=0 go test -overlay "$$(.ci/ahead $(DAYS))" -timeout 30m ./...
	NO_COLOR=1 BROS_TEST_DAYS_AHEAD=$(DAYS) npm --prefix web test

.PHONY: lint
lint: $(LINT) .tools/web-modules ## golangci-lint (imports point one way), tsc, biome
	CGO_ENABLED=0 $(LINT) run --allow-parallel-runners ./...
	npm --prefix web run --silent typecheck
	npm --prefix web run --silent lint

$(LINT):
	@echo "building golangci-lint $(LINT_VERSION), once; this takes some minutes"
	@mkdir -p .tools
	GOBIN='$(CURDIR)/.tools' go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v$(LINT_VERSION)
	@mv .tools/golangci-lint $@

.PHONY: gen
gen: ## the TypeScript types out of the Go wire types
	go run ./cmd/tsgen

.PHONY: gen-check
gen-check: ## fail when a generated file is stale
	go run ./cmd/tsgen -check

.PHONY: e2e
e2e: tools-test build ## browser tests against the real binary
	NO_COLOR=1 npm --prefix web run e2e

.PHONY: bench
bench: ## commits, commit to socket, fan-out, positions, memory: figures to compare
	go test -p 1 -run '^$$' -bench . -benchmem -timeout 60m ./...

.PHONY: bench-addresses
bench-addresses: ## import 6 million made-up entrances, ended and gone on with, and type addresses key by key (BENCH_DOORS)
	BROS_BENCH_DOORS='$(BENCH_DOORS)' go test -count 1 -timeout 60m -v -run 'TestMeasure|TestKeys' ./store/places

.PHONY: secrets
secrets: ## the passwords of docker-compose.yml in data/secrets, where they are not there yet
	@.ci/secrets

.PHONY: up
up: secrets ## SQL Server, Redis, two nodes and a load balancer in Docker, on port 8080
	VERSION='$(VERSION)' docker compose up --build --detach
	@echo "http://localhost:8080 — log in as admin with the password in data/secrets/admin_password"

.PHONY: down
down: ## stop what make up started (its volumes stay)
	docker compose down

.PHONY: test-sqlserver
test-sqlserver: tools-build ## the suites on SQL Server: at BROS_TEST_SQLSERVER_URL, else in Docker
	@url="$${BROS_TEST_SQLSERVER_URL:-}"; \
	if [ -z "$$url" ]; then \
		.ci/secrets; docker compose up --detach --wait sqlserver; \
		url="sqlserver://sa:$$(cat data/secrets/sa_password)@127.0.0.1:1433?database=master&encrypt=true&TrustServerCertificate=true"; \
	fi; \
	BROS_TEST_SQLSERVER_URL="$$url" BROS_SEEDS="$${BROS_SEEDS:-1}" go test -p 1 -count 1 -timeout 120m ./store/... ./api/...

.PHONY: bench-web
bench-web: tools-test build ## the board under load in Chromium (BENCH_SECONDS=60): input to paint, tasks, script, memory
	NO_COLOR=1 npm --prefix web run --silent bench

.PHONY: pictures
pictures: tools-test build ## docs/images anew, of the demonstration as it is now
	NO_COLOR=1 npm --prefix web run --silent pictures

.PHONY: soak
soak: ## the property tests over hundreds of seeds (SEEDS=300; BROS_SEED=n runs one again)
	CGO_ENABLED=1 BROS_SEEDS=$(SEEDS) go test -race -p 1 -count 1 -timeout 6h -run EndsEqual ./realtime ./api

.PHONY: chaos
chaos: tools-test build ## kill and stop nodes and Redis under load for CHAOS_TIME=10m, then a rolling restart with 1,000 clients
	go build -o bin/chaos ./cmd/chaos
	bin/chaos -time $(CHAOS_TIME) $(CHAOS_ARGS)
	bin/chaos -rolling -nodes 2 -clients 1000 -rate 50 -time 1m $(CHAOS_ARGS)

.PHONY: abuse
abuse: build ## attack the real binary, and say what a neighbour's center feels meanwhile
	go build -o bin/abuse ./cmd/abuse
	bin/abuse $(ABUSE_ARGS)

.PHONY: soak-webhooks
soak-webhooks: ## ten minutes of a receiver that refuses half its calls, the server killed twice
	BROS_TEST_WEBHOOK_TIME=10m go test -count 1 -timeout 40m -v -run TestWebhooksSurviveKills ./cmd/bros

.PHONY: audit
audit: .tools/web-modules ## known holes in dependencies (asks databases on the network; no part of make test)
	@.ci/audit

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME=30s
	@go list -f '{{.Dir}} {{join .TestGoFiles " "}} {{join .XTestGoFiles " "}}' ./... | while read -r dir files; do \
		for f in $$files; do sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$$dir/$$f"; done | while read -r target; do \
			echo "$$target in $$dir"; (cd "$$dir" && go test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) . </dev/null); done; done

.PHONY: clean
clean: ## remove what was built (not data/)
	rm -rf bin .tools/web-built coverage.out
	find web/dist -mindepth 1 -not -name .gitkeep -delete
