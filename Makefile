# What each target needs is got by tools/setup into a cache outside of the clone; cargo's output goes there too.
AGENTIC_CACHE ?= $(HOME)/.cache/agentic
CARGO_TARGET_DIR ?= $(AGENTIC_CACHE)/target
export AGENTIC_CACHE CARGO_TARGET_DIR

PYTHON_SOURCES = tools/kit tests/e2e tests/tools bench
# Typed against moto, which the virtualenv of the tools does not have.
MOTO_SOURCES = tests/aws-proxy/python/extended_moto
PYTHON_SCRIPTS = tools/setup tools/pack tools/sdk tools/demo tools/kind tools/release tools/zig-link tools/aws-package tools/terraform-plan

.DEFAULT_GOAL := help
.PHONY: help build demo bench test test-faults lint unit e2e sdk fmt release release-check keep

help: ## Show this
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 13

build: ## Build the plugin for this machine and pack it into dist/
	tools/pack release dist

demo: ## Deploy, check and destroy a whole platform on a local AWS (PLAN=happyrobot, fibonacco, macro-ai, bidops or quickstart; STACK=production; KEEP=1 leaves it running; SCALE=60 takes as long as AWS, by 60)
	tools/demo

bench: ## Measure speed, calls and size, held against AWS's limits and peers, into docs/performance.md (PART=calls for one part)
	PYTHONPATH=tools tools/setup pulumi moto measure -- python -m bench

test: lint unit e2e ## Run all checks and tests

test-faults: ## Let every call that changes something fail in every way, for every resource
	AGENTIC_FAULTS=all tools/setup moto python -- cargo test --locked --test behaviour -- ::faults

lint: ## Check formats, lints and types, and that the SDKs are what the schema gives
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	tools/setup python -- ruff format --check .
	tools/setup python -- ruff check .
	tools/setup python -- mypy $(PYTHON_SOURCES)
	tools/setup moto python -- sh -c 'mypy --python-executable "$$(dirname "$$AGENTIC_MOTO")/python" $(MOTO_SOURCES)'
	for script in $(PYTHON_SCRIPTS); do tools/setup python -- mypy $$script || exit 1; done
	tools/sdk --check
	tools/setup actionlint -- actionlint
	tools/setup python -- python crates/pulumi/tests/proto/official.py | diff crates/pulumi/tests/proto/official.txt -

unit: ## Run the Rust tests
	tools/setup moto python -- cargo test --locked --workspace

e2e: ## Run the examples on the true Pulumi CLI and a local AWS
	tools/setup pulumi moto python -- pytest -n 4

sdk: ## Write the schema and both SDKs anew
	UPDATE=1 cargo test --test schema
	tools/sdk

fmt: ## Format everything
	cargo fmt --all
	tools/setup python -- ruff format .
	tools/setup python -- ruff check --fix-only .

release: ## Make all of a release that a Linux machine can, and prove it: archives for amd64 and arm64, packages, SBOM, sums
	tools/release build
	tools/release packages
	tools/setup pulumi yaml moto python -- pytest -m release

release-check: ## Build the archive in dist/ again, in another place, and compare the bytes (TARGET=aarch64-unknown-linux-gnu for arm64)
	tools/release check $(TARGET)

keep: ## Keep a state of every resource that this version writes, which later versions are tested with
	AGENTIC_KEEP=1 tools/setup moto python -- cargo test --locked --test behaviour -- ::upgraded
