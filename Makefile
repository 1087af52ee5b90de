# SPDX-License-Identifier: GPL-2.0-or-later
# Meson builds; this file is the few words a newcomer types.
BUILD ?= build
MESON ?= meson
# Options for meson setup: make SETUP='--werror -Db_sanitize=address,undefined'
SETUP ?=

.PHONY: all site-assets deps check check-full check-roots coverage demo model install bench format clean

all: $(BUILD)/build.ninja
	$(MESON) compile -C $(BUILD)

$(BUILD)/build.ninja:
	$(MESON) setup $(BUILD) $(SETUP)

# The web site's files as they go into the program: plain ones, of no library, so nothing is bundled.
site-assets: $(BUILD)/build.ninja
	ninja -C $(BUILD) src/export/site-resources.c

deps:
	tools/install-deps

# The tests that fit a coffee break; check-full adds the long ones (suite 'full'), and says at its end what was skipped
# and why. What these download is kept in KSIG_TEST_CACHE, else in ~/.cache/ksig-test.
check: deps
	$(MAKE) all
	$(MESON) test -C $(BUILD) --no-suite full --print-errorlogs

check-full:
	KSIG_FULL_DEPS=1 tools/install-deps
	-[ -d tests/export/browser/node_modules ] || npm ci --no-audit --no-fund --prefix tests/export/browser
	-[ -d tests/export/validators/node_modules ] || npm ci --no-audit --no-fund --prefix tests/export/validators
	$(MAKE) all
	$(MESON) test -C $(BUILD) --print-errorlogs; status=$$?; .ci/skipped $(BUILD)/meson-logs/testlog.json; exit $$status
	$(MAKE) check-roots

# make check and make demo in fresh roots of Debian, ROOTS="bookworm trixie sid" if none is named; of what is committed. As root.
check-roots:
	tools/fresh-root $(ROOTS)

# Lines that the quick suite runs, by domain.
coverage: deps
	[ -f $(BUILD)-coverage/build.ninja ] || $(MESON) setup $(BUILD)-coverage -Db_coverage=true
	$(MESON) compile -C $(BUILD)-coverage
	$(MESON) test -C $(BUILD)-coverage --no-suite full --print-errorlogs
	.ci/coverage $(BUILD)-coverage

demo: deps
	$(MAKE) all
	tools/demo $(BUILD)/src/cli/ksig

# The weights of src/match/model.tsv, made again of the branches of bench/manifest.tsv, whose repositories are in the folder SETS
# (FETCH=--fetch clones those that are not). An hour of CPU time.
model: all
	@[ -n "$(SETS)" ] || { echo 'make model SETS=FOLDER: a folder for the repositories of bench/manifest.tsv' >&2; exit 2; }
	KSIG_MODEL_DEPS=1 tools/install-deps
	/usr/bin/python3 bench/sets.py $(SETS) $(FETCH)
	features=$$(realpath $(BUILD)/bench/features) version=$$(sed -n 's/^version	//p' src/match/model.tsv) here=$$PWD; \
	cd $(SETS) && /usr/bin/python3 $$here/bench/calibrate.py $$features SETS.tsv workspaces --version $$version && \
	if cmp -s model.tsv $$here/src/match/model.tsv; then echo 'The same weights as src/match/model.tsv.'; \
	else echo "Other weights than src/match/model.tsv: $$PWD/model.tsv"; exit 1; fi

install: all
	$(MESON) install -C $(BUILD)

bench: all
	$(MESON) test -C $(BUILD) --benchmark --print-errorlogs

format:
	git ls-files '*.c' '*.h' | xargs clang-format -i

clean:
	rm -rf $(BUILD)
