# Targets for those who have the packages; ./gate VERB installs them first.
#
#   make [B=folder]       the module for this Debian's nginx
#   make unit             the C unit tests
#   make unit-NAME        t/unit/NAME_test.c alone, whatever else is broken
#   make test [T=...]     all tests in all modes (T: modes or files)
#   make t/WING/NAME.t    one test file, MODE=plain|hup|workers|asan|sid
#   make tools            build/bin/gate-journal
#   make flips [N=10000]  bits of a journal that flip, one at a time
#   make lint             house rules that grep can check

B    ?= build
MODE ?= plain

NPROC := $(shell nproc)

override B := $(abspath $(B))
export B

MOD    := $(B)/mod
SETUP  := t/setup
GATE_C := $(wildcard src/gate/*/*.c)
GATE_H := $(wildcard src/gate/*/*.h)
GATE_I := $(patsubst %/,-I%,$(wildcard src/gate/*/))
MESH_C := $(wildcard src/mesh/*/*.c)
MESH_H := $(wildcard src/mesh/*/*.h)
MESH_I := $(patsubst %/,-I%,$(wildcard src/mesh/*/))
UNITS  := $(patsubst t/unit/%.c,$(B)/unit/%,$(wildcard t/unit/*_test.c))

SAN    := -fsanitize=address,undefined -fno-sanitize-recover=undefined
CFLAGS := -g -O1 -fno-omit-frame-pointer -W -Wall -Wextra -Wpointer-arith \
          -Wno-unused-parameter -Werror
LIBS   := -ljansson -lcrypto -ljwt -lcrypt -lpthread

GATE_O := $(patsubst %.c,$(B)/unit/gate/%.o,$(notdir $(GATE_C) $(MESH_C)))

.PHONY: flips tools build run test bench bench-count bench-edit bench-reship bench-consumers chaos fuzz clean \
        unit units lint peers test-parts all-modules module-1.22 module-sid module-1.22-asan FORCE
.DEFAULT_GOAL := build
.DELETE_ON_ERROR:
.PRECIOUS: t/%.t


# The scripts know themselves what is up to date.

build: module-1.22

module-1.22 module-1.22-asan: module-%:
	@$(SETUP)/unpack.sh 1.22
	@$(SETUP)/module.sh $*

module-sid:
	@$(SETUP)/unpack.sh sid
	@$(SETUP)/module.sh sid

all-modules: module-1.22 module-1.22-asan module-sid

peers: module-1.22
	@$(SETUP)/unpack.sh redis
	@$(SETUP)/envoy.sh

run: peers
	@$(SETUP)/with.sh plain conf/demo/run.sh

bench: peers
	@$(SETUP)/unpack.sh perl lua haproxy
	@$(SETUP)/with.sh plain t/bench/run.sh

# S="SCENARIO ...", WRITE=1, TOP=n: see t/bench/count.pl

bench-count: module-1.22
	@$(SETUP)/unpack.sh perl redis
	@$(SETUP)/with.sh plain perl t/bench/count.pl $(S)

# of src/gate alone: what it costs to edit a JSON text

bench-edit:
	@mkdir -p $(B)/bin
	@$(CC) -O2 -g -W -Wall -Wextra -Wpointer-arith -Wno-unused-parameter -Werror $(GATE_I) \
	    -o $(B)/bin/bench-edit t/bench/edit.c $(wildcard src/gate/shape/gate_edit*.c) \
	    $(wildcard src/gate/shape/gate_scan*.c) src/gate/shape/gate_pointer.c \
	    src/gate/base/gate_hex.c src/gate/base/gate_text.c -ljansson
	@$(B)/bin/bench-edit

chaos: peers
	@$(SETUP)/unpack.sh perl
	@$(SETUP)/with.sh plain t/chaos/run.sh

# a million consumers in Redis, each with a key: memory, loading, cold and hot

bench-consumers: peers module-1.22
	@$(SETUP)/unpack.sh perl
	@MANY=$(or $(N),1000000) MANY_CACHE=300m $(SETUP)/with.sh plain \
	    prove $(PROVE) t/consumers/many.t

bench-reship: peers
	@$(SETUP)/unpack.sh perl
	@$(SETUP)/with.sh plain perl t/bench/reship.pl

fuzz: module-1.22
	@$(SETUP)/with.sh plain t/fuzz/run.sh

test: test-parts
	@perl $(SETUP)/run-tests.pl $(T)

# What does not compile or cannot be had is a failed test among the others.

test-parts:
	@$(SETUP)/unpack.sh 1.22 perl redis
	@$(SETUP)/envoy.sh
	@$(SETUP)/grpc.sh
	@$(SETUP)/xds.sh
	@$(SETUP)/schemathesis.sh
	@$(SETUP)/consul.sh
	@$(MAKE) -s -k all-modules || true
	@$(MAKE) -s -k -j$(NPROC) units || true

t/%.t: FORCE
	@$(MAKE) -s peers module-$(if $(filter asan,$(MODE)),1.22-asan,$(if \
	    $(filter sid,$(MODE)),sid,1.22))
	@$(SETUP)/unpack.sh perl
	@$(if $(findstring t/mesh/,$@),$(SETUP)/grpc.sh,:)
	@$(if $(findstring t/mesh/xds_messages,$@),$(SETUP)/xds.sh \
	    && $(MAKE) -s $(B)/unit/mesh_xds_random_test,:)
	@$(if $(findstring t/registry/,$@)$(findstring t/mesh/,$@),$(SETUP)/consul.sh,:)
	@$(if $(findstring t/admin/,$@),$(SETUP)/schemathesis.sh,:)
	@$(SETUP)/with.sh $(MODE) prove $(PROVE) $@

units: $(UNITS)

unit:
	@$(MAKE) -s -k -j$(NPROC) units || true
	@perl $(SETUP)/run-tests.pl unit

unit-%: FORCE
	@rm -f $(B)/unit/$*_test
	@$(MAKE) -s -k -i -j$(NPROC) $(B)/unit/$*_test
	@$(B)/unit/$*_test

# of src/gate alone, which needs no library for it

tools: $(B)/bin/gate-journal

$(B)/bin/gate-journal: src/tools/gate_journal_tool.c $(GATE_C) $(GATE_H)
	@mkdir -p $(@D)
	@$(CC) -O2 -g -W -Wall -Wextra -Wpointer-arith -Werror $(GATE_I) -o $@ \
	    $< $(wildcard src/gate/usage/gate_journal*.c) \
	    src/gate/usage/gate_units.c src/gate/base/gate_crc32c.c \
	    src/gate/base/gate_date.c

flips: $(B)/unit/journal_flip_test
	@GATE_FLIPS=$(or $(N),10000) $<

lint:
	@$(SETUP)/lint.sh

clean:
	rm -rf $(B)


# src/gate and src/mesh as an archive: a test that includes a .c file, to see its static
# functions, then does not get it twice.

$(UNITS): $(B)/unit/%: t/unit/%.c $(wildcard t/unit/*.h) $(B)/unit/libgate.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(SAN) -It/unit $(GATE_I) $(MESH_I) -o $@ $< \
	    $(B)/unit/libgate.a $(LIBS)

$(B)/unit/libgate.a: $(GATE_O)
	@rm -f $@
	@ar rcs $@ $$(ls $(GATE_O))

vpath %.c $(wildcard src/gate/* src/mesh/*)

$(GATE_O): $(B)/unit/gate/%.o: %.c $(GATE_H) $(MESH_H)
	@mkdir -p $(@D)
	@rm -f $@
	$(CC) $(CFLAGS) $(SAN) $(GATE_I) $(MESH_I) -c -o $@ $<

FORCE:
