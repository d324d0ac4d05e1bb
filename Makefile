# SPDX-License-Identifier: GPL-2.0
#
# Module, tool, installation and tests. "make help" says what there is.

# Kernel headers: those of the running kernel, else the newest installed ones.
KDIR ?= $(or $(patsubst %/Makefile,%,$(firstword \
	$(wildcard /lib/modules/$(shell uname -r)/build/Makefile) \
	$(shell ls -d /lib/modules/*/build/Makefile 2>/dev/null | sort -rV))),\
	/lib/modules/$(shell uname -r)/build)
# Their "uname -r"; Debian's own, which kernel.release need not be.
KVER ?= $(shell sed -n 's/.*UTS_RELEASE "\(.*\)".*/\1/p' \
	$(KDIR)/include/generated/utsrelease.h 2>/dev/null)

PREFIX ?= /usr/local
INSTALL ?= install
STRIP ?= strip
MODDIR ?= /lib/modules/$(KVER)/updates
export PREFIX DESTDIR INSTALL

# Kernel of the VM targets; "check" takes several and defaults to all.
K ?=
vm-kernel = $(or $(firstword $(K)),6.1)

# Kbuild knows its own compiler; ours only if somebody asked for it.
cc-arg := $(if $(filter-out default undefined,$(origin CC)),CC="$(CC)")
kbuild-args := $(cc-arg)
kbuild-args += $(foreach v,M46_WERROR M46_TEST_BUGS M46_SHOW_PROBES,\
	$(if $($(v)),$(v)="$($(v))"))

all: modules tools		## module and tool (the default)

modules: .m46-kernel		## m46.ko for KDIR
	$(MAKE) -C $(KDIR) M=$(CURDIR) $(kbuild-args) modules

tools:				## tools/m46ctl/m46ctl and ip's plugin (need no kernel headers)
	$(MAKE) -C tools/m46ctl
	$(MAKE) -C tools/iproute2

# What the objects in the tree were built for. Other headers, another compiler
# or a test build: start clean.
kernel-now = $(realpath $(KDIR)) $(KVER) $(kbuild-args)
.m46-kernel: FORCE
	@test -e $(KDIR)/Makefile || { \
		echo "no kernel headers in $(KDIR): install linux-headers-amd64, or say KDIR=" >&2; \
		exit 1; }
	@echo '$(kernel-now)' | cmp -s - $@ || { \
		$(MAKE) --no-print-directory clean-modules; \
		echo '$(kernel-now)' > $@; }

install: install-modules install-tools	## module, tool, manual page, systemd unit (DESTDIR, PREFIX)

install-modules: modules	## only the module, to /lib/modules/KVER/updates
	@test -n "$(DESTDIR)" || test "$(KVER)" = "$$(uname -r)" || \
		echo "note: installing for Linux $(KVER), but $$(uname -r) is running (say KDIR= for another)" >&2
	$(INSTALL) -D -m 0644 m46.ko $(DESTDIR)$(MODDIR)/m46.ko
	$(STRIP) --strip-debug $(DESTDIR)$(MODDIR)/m46.ko
	$(if $(DESTDIR),,depmod $(KVER))

install-tools:			## only the tool, ip's plugin, manual page, completion and unit
	$(MAKE) -C tools/m46ctl install
	$(MAKE) -C tools/iproute2 install

uninstall:			## remove what install installed
	rm -f $(DESTDIR)$(MODDIR)/m46.ko
	$(if $(DESTDIR),,depmod $(KVER))
	$(MAKE) -C tools/m46ctl uninstall
	$(MAKE) -C tools/iproute2 uninstall

demo:				## the main job, shown in a VM (K=6.1)
	@selftests/vm/run.sh -k $(vm-kernel) -t 1200 -- selftests/demo.sh

shell:				## a shell in a VM, demo topology up (K=6.1)
	@selftests/vm/run.sh -k $(vm-kernel) -t 1000000 -i -- selftests/vm/guest-shell.sh

check:				## all tests, VMs with 6.1, 6.12 and 7.2 (K=... for some)
	@selftests/vm/check.sh host $(K)

check-all:			## every test program on every kernel (an hour and a half)
	@M46_ALL=1 selftests/vm/check.sh host $(K)

check-fast:			## the tests of packets once more, on the fast path (K=6.1, or several)
	@selftests/vm/check.sh fast $(K)

check-bgp:			## several operators' networks, ten routing daemons (K=6.1)
	@selftests/vm/run.sh -k $(vm-kernel) -t 1800 -w -- \
		selftests/run_tests.sh $$(make -s -C selftests list-bgp)

check-debug:			## the tests on a debug kernel, and proof that it detects
	@selftests/vm/check.sh debug

check-debug-all:		## the same with every test program (an hour)
	@M46_ALL=1 selftests/vm/check.sh debug

check-scale:			## a million entries, measured (K=6.1)
	@M46_VM_MEM=4G selftests/vm/run.sh -k $(vm-kernel) -t 1800 -- \
		selftests/scale_entries.py

bench:				## speed, beside Linux's tunnels, Jool and TAYGA (K=6.1, or several)
	@selftests/vm/bench.sh $(or $(K),6.1)

bench-profile:			## where its instructions go (ROW="m46 adpt 4->6", SIZE=64, K=6.1)
	@selftests/vm/profile.sh $(vm-kernel) "$(ROW)" $(SIZE)

bench-scale:			## a million rules, a million entries, measured (K=6.1)
	@selftests/vm/scale.sh $(vm-kernel)

bench-cpus:			## two processors beside one (K=6.1; nothing else may run)
	@mkdir -p build/bench/$(vm-kernel)-cpus
	@selftests/vm/run.sh -k $(vm-kernel) -t 2400 -o build/bench/$(vm-kernel)-cpus -- \
		selftests/bench/cpus.py -o /m46-results/cpus.json

bench-bgp:			## 200000 prefixes by BGP become rules, measured (K=6.1)
	@M46_VM_MEM=4G selftests/vm/run.sh -k $(vm-kernel) -t 3600 -- \
		selftests/scale_bgp.sh

check-kselftest:		## the tests in a kernel tree, run by its own runner (K=6.1)
	@selftests/vm/kselftest.sh $(vm-kernel)

check-crash:			## kill a VM 50 times: the store loses nothing (15 min)
	@selftests/vm/crash.sh -k $(vm-kernel)

unit:				## unit tests of the pure part, in user space
	@$(MAKE) -s -C selftests unit

check-spec:			## netlink specification against the uapi header
	@selftests/check_spec.py

check-examples:			## every file of Documentation/examples is used by a test
	@selftests/check_examples.py

tour:				## write Documentation/tour.md anew, by what m46ctl prints (K=6.1)
	@mkdir -p build
	@selftests/vm/run.sh -k $(vm-kernel) -o build/tour -- bash -c \
		'TOUR_OUT=$$M46_RESULTS/tour.md exec selftests/tour.sh'
	cp build/tour/tour.md Documentation/tour.md

lint: sparse checkpatch shellcheck	## all static checks

sparse:				## sparse with endian checks, all of kmod (K=6.1)
	@selftests/vm/lint.sh sparse $(vm-kernel)

checkpatch:			## the kernel's checkpatch.pl --strict
	@selftests/vm/lint.sh checkpatch

shellcheck:			## shellcheck on every shell script
	@selftests/vm/lint.sh shellcheck

# A copy of what git knows or would: nothing that was built comes along.
deb:				## Debian packages of the tree, into build/deb
	@selftests/vm/deps.sh build deb
	rm -rf build/deb
	mkdir -p build/deb/m46
	git ls-files -z -co --exclude-standard | tar -c --null -T - | \
		tar -x -C build/deb/m46
	cd build/deb/m46 && env -u MAKEFLAGS -u MFLAGS -u PREFIX -u DESTDIR -u INSTALL \
		dpkg-buildpackage -us -uc -b

check-deb:			## install, reboot, purge the packages in a VM (K=6.1 or RELEASE=trixie, QUICK=1)
	@selftests/vm/deb.sh $(if $(QUICK),-q) $(if $(RELEASE),-r $(RELEASE),$(vm-kernel))

deps:				## install the Debian packages all of this needs
	@selftests/vm/deps.sh

clean: clean-modules		## remove what was built (the cache of kernels stays)
	$(MAKE) -C tools/m46ctl clean
	$(MAKE) -C tools/iproute2 clean
	$(if $(wildcard selftests/unit/Makefile),$(MAKE) -C selftests/unit clean)
	rm -rf build

clean-modules:			## only the module's objects
	@rm -f m46.ko m46.o m46.mod m46.mod.c m46.mod.o modules.order \
		Module.symvers .m46-kernel .m46.* .modules.order.cmd \
		.Module.symvers.cmd .module-common.o .*.o.cmd
	@rm -f kmod/*.o kmod/.*.cmd
	@rm -rf .tmp_versions

help:				## this text
	@echo "Targets:"
	@sed -n 's/^\([a-z][a-z-]*\):.*##[ \t]*\(.*\)/\1\t\2/p' Makefile | \
		awk -F '\t' '{ printf "  %-16s%s\n", $$1, $$2 }'
	@echo
	@echo "Variables:"
	@echo "  KDIR=DIR        kernel headers ($(KDIR))"
	@echo "  CC=PROGRAM      compiler, for module and tool"
	@echo "  K=KERNEL        kernel of the VM: 6.1, 6.12, 7.2 or debug"
	@echo "  QUICK=1         check-deb: DKMS compiles before the machine boots"
	@echo "  DESTDIR, PREFIX where to install ($(PREFIX))"
	@echo "  M46_CACHE=DIR   kernels for the VM (/var/cache/m46)"
	@echo "  M46_WERROR=1    warnings of the module build are errors"

FORCE:

.PHONY: all modules tools install install-modules install-tools uninstall \
	demo shell check check-all check-fast check-deb deb check-bgp check-debug check-debug-all check-scale check-kselftest check-crash bench bench-profile bench-scale bench-bgp unit check-spec check-examples tour lint sparse checkpatch \
	shellcheck deps clean clean-modules help FORCE
