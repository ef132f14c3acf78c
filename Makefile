# Two commands matter: `make demo` and `make test`. Everything they need beyond Python and make is
# installed by them, at the versions pinned here, in uv.lock and in tools/go.sum.
UV_VERSION := 0.13.8
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready-$(UV_VERSION)
ARCH := $(shell uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')
ARCHIVE := dist/velero-operator_$(ARCH).charm
TEST_CHARMS := $(patsubst %,dist/%_$(ARCH).charm,backup-client storage-provider observer)
SOURCES := $(STAMP) $(shell git ls-files src lib tools)
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/$(VENV)
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help demo stop test format lint static unit functional integration benchmark docs pack \
  fuzz package check-package sbom terraform release promote tools test-tools clean

help:  ## What can be made
	@grep -hE '^[a-z -]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-25s %s\n", $$1, $$2}'

# The stamp is the last thing made: an interrupted set-up is done again.
$(STAMP): uv.lock pyproject.toml Makefile
	@echo "Setting up $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { echo "Python's venv module is missing; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv sync --quiet --frozen --only-group tox
	@rm -f $(VENV)/.ready-* && touch $@

demo: tools  ## The main job, told in a terminal; KEEP=1 leaves the cluster up
	@$(BIN)/tox run -q -e demo

stop: $(STAMP)  ## End what make demo KEEP=1 left running
	@$(BIN)/tox exec -q -e demo -- python -m tests.cluster.cluster stop

test: test-tools package  ## Format, lint, types, layers, unit and functional tests
	@$(BIN)/tox run -e lint,static,unit,fuzz,collect,functional

format: $(STAMP)  ## Rewrite the code in the project's format
	@$(BIN)/tox run -e format

lint: $(STAMP)  ## Check format, lint, spelling and the layers of the design
	@$(BIN)/tox run -e lint

static: $(STAMP)  ## Check types
	@$(BIN)/tox run -e static

unit: $(STAMP)  ## Tests that need no cluster
	@$(BIN)/tox run -e unit

fuzz: tools  ## Feed every reader what others might write, for about ten minutes
	@FUZZ_SECONDS=3 $(BIN)/tox run -e fuzz

functional: test-tools package  ## Tests on the local cluster
	@$(BIN)/tox run -e functional

integration: package  ## Tests on a real Juju model: needs juju and a controller
	@$(BIN)/tox run -e integration

benchmark: tools  ## The figures of benchmarks/README.md
	@$(BIN)/tox run -e benchmark

docs: $(STAMP)  ## Write the reference pages of options, actions and endpoints
	@$(BIN)/tox run -q -e docs

# Charmcraft builds for Ubuntu on Ubuntu only.
pack: $(STAMP)  ## The charm, built by charmcraft; where it cannot build, as make package does
	@if command -v charmcraft >/dev/null && grep -qi '^ID=ubuntu' /etc/os-release; \
	  then charmcraft pack; else $(MAKE) package; fi

package: $(ARCHIVE) $(TEST_CHARMS)  ## The charm in charmcraft's layout in dist/, on any Linux

$(ARCHIVE): $(SOURCES) charmcraft.yaml actions.yaml config.yaml icon.svg
	@$(BIN)/python -m tests.cluster.tools >/dev/null
	@$(BIN)/tox run -q -e pack

$(TEST_CHARMS): dist/%_$(ARCH).charm: $(SOURCES) $(shell git ls-files tests/integration/charms)
	@$(BIN)/tox run -q -e pack -- --project tests/integration/charms/$* dist

check-package: package  ## What is in the packed charm, and that it works as Juju's agent runs it
	@$(BIN)/tox run -e functional -- -k test_package

sbom: package  ## The packed charm's bill of materials and licences, in dist/
	@$(BIN)/tox run -q -e sbom -- $(or $(CHARM),$(ARCHIVE)) dist

terraform:  ## Check the Terraform module; needs terraform and its registry
	terraform fmt -check -recursive -diff terraform
	terraform -chdir=terraform/examples/s3 init -backend=false -input=false
	terraform -chdir=terraform/examples/s3 validate

release:  ## Upload the packed charm and release it to CHANNEL; needs charmcraft and its login
	charmcraft upload $(or $(CHARM),velero-operator_$(ARCH).charm) --release=$(CHANNEL)

promote:  ## Release what is in the channel FROM to the channel TO; needs charmcraft and its login
	charmcraft promote --name=velero-operator --from-channel=$(FROM) --to-channel=$(TO) --yes

tools: $(STAMP)  ## Build kube-apiserver, etcd, velero and the others, where they are missing
	@$(BIN)/python -m tests.cluster.tools >/dev/null

test-tools: tools  # What only tests need: a server of Google Cloud Storage, and Prometheus
	@$(BIN)/python -m tests.cluster.tools google prometheus >/dev/null

clean:  ## Remove the virtual environments (the built tools stay in the user's cache)
	rm -rf $(VENV) .tox dist
