# SPDX-License-Identifier: GPL-2.0
#
# Stands for OpenWrt's rules.mk, kernel.mk and package.mk: enough for the
# package's Makefile to be read, built for this machine and installed below
# $(ROOT). KDIR are the kernel headers, none for none.

ifndef stub_included
stub_included := 1

KERNEL_BUILD_DIR := $(ROOT)/build
KERNEL_MAKE = $(if $(KDIR),$(MAKE) -C $(KDIR),@echo KERNEL_MAKE)
TARGET_CONFIGURE_OPTS := CC=$(CC)
TARGET_CFLAGS := -O1
CP := cp -fpR
INSTALL_DIR := install -d -m0755
INSTALL_BIN := install -m0755
AutoProbe = autoprobe $(1)

# NAME FIELD...: show what the definition has set
show = $(foreach f,$(2),$(info $(1) $f $(strip $($f))))

define KernelPackage
$(eval $(KernelPackage/$(1)))
$(call show,kmod-$(1),SUBMENU TITLE DEPENDS FILES AUTOLOAD)
endef

define BuildPackage
$(eval $(Package/$(1)))
$(call show,$(1),SECTION CATEGORY TITLE DEPENDS)
prepare: ; $$(Build/Prepare)
compile: prepare ; $$(Build/Compile)
install: compile ; $$(call Package/$(1)/install,$(ROOT)/root)
endef

endif
