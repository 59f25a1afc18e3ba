# jiaoti: everything by two commands, `make run` and `make test`. Each may be run again at any time.
# PORT=8080 DATA=var/city CITY=cities/liaocheng SCALE=1 DB=  may be set on the command line.

PORT  ?= 8080
CITY  ?= cities/liaocheng
DATA  ?= var/city
SCALE ?= 1
BUILD ?= build
# PREFIX of `make install`.
PREFIX ?= /usr/local

export PORT CITY DATA SCALE BUILD DB

.NOTPARALLEL:
.PHONY: run test test-quick fuzz bench lint install build packages test-packages clean

run: build
	@tools/run.sh

build: packages
	@tools/build.sh $(BUILD)

packages:
	@tools/packages.sh build

# What `make test` and `make bench` need besides: PostgreSQL, a browser.
test-packages:
	@tools/packages.sh test

test: test-packages
	@tools/test.sh

# The unit tests alone, on SQLite.
test-quick: build
	@meson test -C $(BUILD) --suite unit --print-errorlogs

# The readers of outside data under a fuzzer, FUZZ_SECONDS (3600) each; TARGETS: some of transcript policy proof web stranger.
fuzz: test-packages
	@tests/fuzz/run.sh $(TARGETS)

# PARTS="allot" or others (bench/README.md): only these.
bench: test-packages build
	@BENCH_PARTS="$(PARTS)" bench/run.sh

lint: build
	@tools/lint.sh

install: build
	@DESTDIR=$(DESTDIR) meson install -C $(BUILD) --no-rebuild

clean:
	rm -rf $(BUILD) build-asan
