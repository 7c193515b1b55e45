# The whole repository in a few words. `make` builds, `make test` says whether it is right.
BUILD  := build/release
JOBS   ?= $(shell nproc)
PREFIX ?= /usr/local
SEED   ?= 1

.PHONY: all setup demo test test-all bench format lint install asan tsan fuzz clean

all: setup $(BUILD)/build.ninja
	@cmake --build $(BUILD) -j $(JOBS)

setup:
	@tools/setup

build/%/build.ninja: CMakeLists.txt CMakePresets.json cmake/third_party.txt
	@cmake --preset $*

demo: all
	@PATH="$(CURDIR)/$(BUILD):$$PATH" examples/retail/demo.sh

# Layers, tidy, format, build, quick tests, code of the documentation. What .ci/run calls.
test: setup
	@tools/run_tests.py --preset release --jobs $(JOBS)

# The same, and the long suites: label `long`, headers alone, interop with Spark, delta-rs and DuckDB,
# object stores' servers, a Kafka broker.
test-all: setup
	@tools/setup-peers
	@tools/setup-spark
	@tools/setup-object-stores
	@tools/setup-kafka
	@tools/run_tests.py --preset release --jobs $(JOBS) --all

asan tsan: setup
	@tools/run_tests.py --preset $@ --jobs $(JOBS) --only-ctest

# Broken tables under the address sanitizer, for 10 minutes of CPU time; another SEED, other tables.
fuzz: setup build/asan/build.ninja
	@cmake --build build/asan -j $(JOBS) --target delta_log_fuzz text_fuzz
	@build/asan/tests/fuzz/delta_log_fuzz --cpu-seconds 600 --seed $(SEED)
	@build/asan/tests/fuzz/text_fuzz --cpu-seconds 600 --seed $(SEED)

bench: all
	@python3 bench/run.py --build "$(CURDIR)/$(BUILD)"
	@python3 bench/delta.py --build "$(CURDIR)/$(BUILD)"

format:
	@tools/format

lint: setup build/debug/build.ninja
	@run-clang-tidy -quiet -p build/debug -j $(JOBS) -extra-arg=-Wno-unknown-warning-option \
	  "$(CURDIR)/(src|tests)/" 2>/dev/null

install: all
	@cmake --install $(BUILD) --prefix "$(PREFIX)"

clean:
	@rm -rf build
