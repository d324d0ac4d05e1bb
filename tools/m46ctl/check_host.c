// SPDX-License-Identifier: GPL-2.0
/*
 * check: the device as a link, and the kernel's settings around it.
 */
#include <linux/if.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "sysctl.h"

static int conf_get(const struct check *c, const char *family,
		    const char *setting, int *value)
{
	char path[96];

	snprintf(path, sizeof(path), "net/%s/conf/%s/%s", family, c->dev->name,
		 setting);

	return sysctl_get(path, value);
}

/* With slashes, for a device's name may have dots. */
static void remedy_conf(const struct check *c, const char *family,
			const char *setting, int value)
{
	bool dots = strchr(c->dev->name, '.');
	char s = dots ? '/' : '.';

	finding_remedy(REMEDY_SYSCTL, "net%c%s%cconf%c%s%c%s=%d", s, family, s,
		       s, c->dev->name, s, setting, value);
}

static void check_link(const struct check *c)
{
	int off;

	if (!(c->dev->flags & IFF_UP)) {
		finding_remedy(REMEDY_IP, "link set %s up", c->dev->name);
		finding_report(DEVICE_DOWN, c->dev->name,
			       "the device is down, and routes into it are gone");
	}
	if (!conf_get(c, "ipv6", "disable_ipv6", &off) && off) {
		remedy_conf(c, "ipv6", "disable_ipv6", 0);
		finding_report(IPV6_DISABLED, c->dev->name,
			       "IPv6 is off: net.ipv6.conf.%s.disable_ipv6 is 1",
			       c->dev->name);
	}
}

static void check_forwarding4(const struct check *c)
{
	int on;

	if (!sysctl_get("net/ipv4/ip_forward", &on) && !on) {
		finding_remedy(REMEDY_SYSCTL, "net.ipv4.ip_forward=1");
		finding_report(FORWARDING_OFF, c->dev->name,
			       "IPv4 is not forwarded: net.ipv4.ip_forward is 0");
	} else if (!conf_get(c, "ipv4", "forwarding", &on) && !on) {
		remedy_conf(c, "ipv4", "forwarding", 1);
		finding_report(FORWARDING_OFF, c->dev->name,
			       "IPv4 out of the device is not forwarded: net.ipv4.conf.%s.forwarding is 0",
			       c->dev->name);
	}
}

static void check_forwarding6(const struct check *c)
{
	int on;

	if (sysctl_get("net/ipv6/conf/all/forwarding", &on) || on)
		return;
	finding_remedy(REMEDY_SYSCTL, "net.ipv6.conf.all.forwarding=1");
	finding_report(FORWARDING_OFF, c->dev->name,
		       "IPv6 is not forwarded: net.ipv6.conf.all.forwarding is 0");
}

/* The kernel takes the larger one of the two. */
static void check_rp_filter(const struct check *c)
{
	int all, own;

	if (sysctl_get("net/ipv4/conf/all/rp_filter", &all) ||
	    conf_get(c, "ipv4", "rp_filter", &own) ||
	    (all > own ? all : own) != 1)
		return;
	remedy_conf(c, "ipv4", "rp_filter", 2);
	finding_report(RP_FILTER, c->dev->name,
		       "net.ipv4.conf.%s.rp_filter is 1: IPv4 out of the device is dropped unless the route to its source leads into it",
		       own == 1 ? c->dev->name : "all");
}

void check_host(struct check *c)
{
	check_link(c);
	if (c->dev->mode != M46_MODE_6TO4) {
		/* An edge of NAT64 alone has no IPv4 to forward. */
		bool has_ipv4 = !check_is_nat64_only(c);

		if (has_ipv4)
			check_forwarding4(c);
		check_forwarding6(c);
		if (has_ipv4)
			check_rp_filter(c);
	} else if (check_num(c, DEV_TUNNEL(M46_TUN_A_RELAY)) ||
		   check_has_lan(c)) {
		/* A host may have a tunnel for itself. */
		check_forwarding6(c);
	}
}
