# make deps       install the Debian packages that are missing (apt-get, with sudo where needed), and make the
#                 Python environment of the tests
# make build      build everything, for development
# make release    build the six commands, optimised
# make test       install what is missing, lint, build and run every test
# make test-bits  flip every bit of a small journal, one after the other
# make test-faults  let every call to a journal's disk go wrong, with SEEDS= power cuts each
# make sim        break a simulated broker at random for STEPS steps; SEED= replays a failure, SEEDS= runs many
# make torture    kill, stop and cut off real brokers, senders and receivers for SECONDS seconds; SEED= chooses
#                 other faults, ENGINE=postgresql another catalog
# make fuzz       hostile bytes for every parser, SECONDS each; TARGET= names one
# make sanitize   run the unit tests with the thread and the address sanitizer (two more builds)
# make demo       install what is missing, build, and show the labs scenario
# make demo-postgres  the same with the catalog in a PostgreSQL server of its own
# make bench-catalog  measure how fast the catalog in PostgreSQL follows the broker
# make bench-embedded  the same for the embedded catalog
# make bench-backlog  memory, restart and drain of MESSAGES waiting messages; needs a kilobyte of disk for each
# make bench-peers  the same work for this broker and for NATS, RabbitMQ, Mosquitto and redis; RUNS= PEERS= WORK=
# make bench-thresholds  allocations and instructions of the hot paths, against Benchmarks/thresholds.json
# make cmq-bench  build the load generator that goes through CMQKit
# make wire-bench  build the load generator in C: Benchmarks/.build/wire-bench/wire-bench --help
# make lint       check the format of the sources
# make format     put the sources into that format
# make man        write man pages and shell completions to man/ and completions/
# make install    install commands, man pages and completions below PREFIX (/usr/local); DESTDIR is respected
# make uninstall  remove what `make install` installed
# make clean      remove everything that was built

PREFIX ?= /usr/local
DESTDIR ?=
COMMANDS := cmq-broker cmq-certs cmq-keygen cmq-send cmq-recv cmq-admin
SWIFT ?= swift
RELEASE := --configuration release --static-swift-stdlib
SOURCES := Package.swift Sources Tests Benchmarks/Micro Benchmarks/Sources Benchmarks/Package.swift \
	FuzzTesting/Package.swift FuzzTesting/Sources

.DEFAULT_GOAL := build
.PHONY: deps packages build release test sim torture fuzz sanitize demo demo-postgres bench-catalog bench-embedded lint \
	format man install uninstall clean

deps: packages
	@scripts/make-test-environment.sh

packages:
	@scripts/install-dependencies.sh

build: packages
	$(SWIFT) build

release: packages
	@set -e; for command in $(COMMANDS); do $(SWIFT) build $(RELEASE) --product $$command; done

test: deps lint wire-bench
	CMQ_WARNINGS_AS_ERRORS=$${CI:+1} $(SWIFT) build --build-tests
	SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=4 CMQ_WARNINGS_AS_ERRORS=$${CI:+1} $(SWIFT) test --skip-build
	@$(MAKE) --no-print-directory bench-thresholds

.PHONY: test-bits test-faults
test-bits: packages
	CMQ_ALL_BITS=1 $(SWIFT) test --filter BitFlipTests

test-faults: packages
	CMQ_FAULT_SEEDS=$(SEEDS) $(SWIFT) test --filter FaultSweepTests

SEED ?=
STEPS ?= 100000
SEEDS ?= 1
EVERY ?= 1
sim torture: export SEED := $(SEED)
sim: packages
	@$(SWIFT) build --configuration release --product simulate
	@"$$($(SWIFT) build --configuration release --show-bin-path)/simulate" \
		"$${SEED:-$$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}" $(STEPS) $(SEEDS) $(EVERY)

SECONDS ?= 60
ENGINE ?= sqlite
SENDERS ?= 4
RECEIVERS ?= 2
torture: packages
	@$(SWIFT) build
	@"$$($(SWIFT) build --show-bin-path)/run-torture" \
		"$${SEED:-$$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}" $(SECONDS) $(ENGINE) $(SENDERS) $(RECEIVERS)

# The last -sanitize of a command line counts for Swift, all of them for C.
FUZZING := --package-path FuzzTesting --configuration release --sanitize fuzzer --sanitize address \
	-Xswiftc -sanitize=fuzzer,address -Xswiftc -gline-tables-only
TARGET ?=
fuzz: export CMQ_FUZZING := 1
fuzz: packages
	@$(SWIFT) build $(FUZZING) --product Fuzzer
	@scripts/fuzz.sh "$$($(SWIFT) build $(FUZZING) --show-bin-path)/Fuzzer" $(SECONDS) $(TARGET)

# Everything that runs in the tests' own process.
SANITIZED ?= CMQ.*Tests|FuzzCorpusTests|SimulationTests
SANITIZERS ?= thread address
sanitize: deps
	@set -e; for sanitizer in $(SANITIZERS); do scripts/sanitize.sh $$sanitizer '$(SANITIZED)'; done

demo: release
	@scripts/demo.sh "$$($(SWIFT) build $(RELEASE) --show-bin-path)"

.PHONY: bench-backlog
MESSAGES ?= 10000000
BACKLOG_DIRECTORY ?= /tmp
bench-backlog: release wire-bench
	@$(SWIFT) build --configuration release --product measure-backlog
	@scripts/bench-backlog.sh "$$($(SWIFT) build --configuration release --show-bin-path)" $(MESSAGES) $(BACKLOG_DIRECTORY)
	@LONG=10 scripts/bench-tools.sh "$$($(SWIFT) build $(RELEASE) --show-bin-path)" backlog \
		"$$PWD/Benchmarks/.build/wire-bench/wire-bench"

bench-catalog: release
	@ENGINE=postgresql scripts/bench-catalog.sh "$$($(SWIFT) build $(RELEASE) --show-bin-path)"

bench-embedded: release
	@ENGINE=sqlite scripts/bench-catalog.sh "$$($(SWIFT) build $(RELEASE) --show-bin-path)"

.PHONY: wire-bench cmq-bench bench-peers bench-thresholds
wire-bench: packages
	@$(MAKE) --no-print-directory -C Benchmarks/wire-bench

cmq-bench: packages
	$(SWIFT) build --package-path Benchmarks --configuration release --product cmq-bench

bench-thresholds: packages
	$(SWIFT) build --configuration release --product microbenchmarks
	@scripts/bench-thresholds.sh "$$($(SWIFT) build --configuration release --show-bin-path)/microbenchmarks"

bench-peers: release wire-bench
	@scripts/bench-peers.sh "$$($(SWIFT) build $(RELEASE) --show-bin-path)" Benchmarks/.build/wire-bench/wire-bench

demo-postgres: release
	@scripts/demo.sh "$$($(SWIFT) build $(RELEASE) --show-bin-path)" postgresql

lint:
	$(SWIFT) format lint --strict --recursive --parallel $(SOURCES)

format:
	$(SWIFT) format --in-place --recursive --parallel $(SOURCES)

man: release
	@scripts/generate-manual.sh "$$($(SWIFT) build $(RELEASE) --show-bin-path)"

install: release
	@scripts/install.sh "$$($(SWIFT) build $(RELEASE) --show-bin-path)" "$(DESTDIR)$(PREFIX)"

uninstall:
	@scripts/uninstall.sh "$(DESTDIR)$(PREFIX)"

clean:
	$(SWIFT) package clean
	rm -rf .build .build-thread .build-address FuzzTesting/.build
