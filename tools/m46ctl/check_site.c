// SPDX-License-Identifier: GPL-2.0
/*
 * check: IPv6 addresses of a 6to4 or 6rd site, on the device and around it.
 */
#include <linux/if.h>
#include <linux/if_addr.h>
#include <stdio.h>

#include "check.h"
#include "dev.h"
#include "link.h"

bool check_is_delegated(const struct check_dev *dev, const struct prefix *addr)
{
	unsigned int i;

	for (i = 0; i < dev->n_delegated; i++) {
		if (prefix_covers(&dev->delegated[i], addr))
			return true;
	}

	return false;
}

/* Where hosts are: neither a tunnel nor the loopback interface. */
static bool is_lan(int ifindex, struct link *link)
{
	return !link_get(ifindex, NULL, link) &&
	       !(link->flags & (IFF_LOOPBACK | IFF_POINTOPOINT | IFF_NOARP));
}

bool check_has_lan(const struct check *c)
{
	const struct addrs *addrs = &c->addrs6;
	struct link link;
	size_t i;

	for (i = 0; i < addrs->n; i++) {
		if (check_is_delegated(c->dev, &addrs->list[i].addr) &&
		    is_lan(addrs->list[i].ifindex, &link))
			return true;
	}

	return false;
}

/* Of another device of ours, or of sit: whose IPv4 address is here. */
static bool is_known(const struct check *c, const struct prefix *addr)
{
	size_t i;

	for (i = 0; i < c->n_devs; i++) {
		if (check_is_delegated(&c->devs[i], addr))
			return true;
	}

	return addrs_have4(&c->addrs4, dev_embedded(c->values, addr));
}

static void check_addr(const struct check *c, const struct addr *addr)
{
	char text[PREFIX_STRLEN], delegated[PREFIX_STRLEN];
	struct link link;

	if (addr->flags & IFA_F_DEPRECATED ||
	    !prefix_covers(&c->dev->own[0], &addr->addr) ||
	    check_is_delegated(c->dev, &addr->addr))
		return;
	if (addr->ifindex != c->dev->ifindex &&
	    (is_known(c, &addr->addr) || !is_lan(addr->ifindex, &link)))
		return;
	if (addr->ifindex == c->dev->ifindex)
		snprintf(link.name, sizeof(link.name), "%s", c->dev->name);
	addr_str(&addr->addr, text);
	finding_remedy(REMEDY_IP6, "address del %s/%u dev %s", text, addr->len,
		       link.name);
	finding_report(ADDRESS_OUTSIDE_DELEGATED, c->dev->name,
		       "%s of %s is not in %s, which local gives: what is sent from it is dropped (src_mismatch)",
		       text, link.name,
		       prefix_str(&c->dev->delegated[0], delegated));
}

void check_site(struct check *c)
{
	size_t i;

	/* A border relay has other networks of the domain around it, maybe. */
	if (!c->dev->n_delegated ||
	    (dev_is_6rd(c->values) &&
	     check_num(c, DEV_TUNNEL(M46_TUN_A_RELAY))))
		return;
	for (i = 0; i < c->addrs6.n; i++)
		check_addr(c, &c->addrs6.list[i]);
}
