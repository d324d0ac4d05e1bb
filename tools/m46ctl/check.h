/* SPDX-License-Identifier: GPL-2.0 */
/*
 * check: what is wrong around the devices. check.c runs the checks, each file
 * check_*.c has those of one kind; findings.c keeps and prints what they find.
 */
#ifndef M46CTL_CHECK_H
#define M46CTL_CHECK_H

#include <linux/m46.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "addr.h"
#include "dump.h"
#include "findings.h"
#include "rule.h"
#include "words.h"

/**
 * struct check_dev - what of a device counts for others, too
 * @mode: enum m46_mode
 * @master: index of the VRF it is in, 0 for none
 * @table: where its routes are
 * @flags: IFF_*
 * @own: own prefixes; mode 6to4: of the domain
 * @delegated: mode 6to4: what its addresses give this machine
 */
struct check_dev {
	char name[PARSE_IFNAMSIZ];
	int ifindex;
	unsigned int mode;
	int master;
	uint32_t table;
	unsigned int flags;
	unsigned int n_own;
	struct prefix own[M46_PREFIXES_MAX];
	unsigned int n_delegated;
	struct prefix delegated[M46_LOCALS_MAX + 1];
};

/**
 * struct check_edge - another edge, as the rules have it
 * @via: its mapping prefix
 * @rule: the first of the rules with it
 * @n: how many have it
 * @encap: one of them encapsulates
 */
struct check_edge {
	struct prefix via;
	const struct rule *rule;
	size_t n;
	bool encap;
};

/**
 * struct check_route - an IPv4 route that the mapping does not take
 */
struct check_route {
	struct prefix dst;
	struct prefix gateway;
	uint32_t table;
	uint32_t metric;
	uint8_t protocol;
	int oif;
};

#define CHECK_ROUTES_MAX	64	/* kept of those; the rest is alike */

struct check_routes {
	struct check_route routes[CHECK_ROUTES_MAX];
	size_t n;
};

/**
 * struct check - one run, and the device it is at
 * @addrs4: IPv4 addresses of this machine
 * @addrs6: IPv6 addresses of this machine
 * @devs: all devices of the namespace
 * @dev: the one that is being checked
 * @values: its settings
 * @rules: mode adpt: its rules, local ones and routes included
 * @edges: mode adpt: the mapping prefixes of others in them, ascending
 * @naked: md fib: routes into it without an IPv6 next hop
 * @strays: md fib: routes of routing protocols that pass it by
 */
struct check {
	struct addrs addrs4;
	struct addrs addrs6;
	struct check_dev *devs;
	size_t n_devs;
	const struct check_dev *dev;
	struct value values[WORDS_MAX];
	struct dump rules;
	struct check_edge *edges;
	size_t n_edges;
	struct check_routes naked;
	struct check_routes strays;
};

/* The value of the device's word, by its attribute; 0 where it is not told. */
uint32_t check_num(const struct check *c, int attr);

/* Whether its rules are IPv4 routes. */
bool check_is_fib(const struct check *c);

/* Whether a route's next hop is an own prefix, of a local rule or not. */
bool check_is_own(const struct check *c, const struct in6_addr *via);

/* Routing daemons' routes, and none of the ways that one is made by hand. */
bool check_is_daemon(uint8_t protocol);

/* The device with this index, if it is one of ours; NULL. */
const struct check_dev *check_dev_by_index(const struct check *c, int ifindex);

/* Whether it has a NAT64 prefix, and no IPv4 route leads into it. */
bool check_is_nat64_only(const struct check *c);

/* An address of an IPv4 prefix, one that a host may have. */
struct in_addr check_host_of(const struct in_addr *dst, uint8_t len);
/* Mapping prefix + IPv4 address. */
struct prefix check_embed(const struct prefix *prefix, struct in_addr addr);
/* " table T" for the device's routes, or nothing for the main table. */
#define CHECK_TABLE_STRLEN	24
const char *check_table(const struct check *c, char buf[CHECK_TABLE_STRLEN]);

/* " table T metric M", what a route is told apart by. */
#define CHECK_WORDS_STRLEN	48
const char *check_route_words(uint32_t table, uint32_t metric,
			      char buf[CHECK_WORDS_STRLEN]);

/* fe80::/10 */
bool check_is_link_local(const struct in6_addr *addr);
/* RFC 1918 and RFC 6598. */
bool check_is_private(const struct prefix *addr);
/* Whether an address is of a delegated prefix of the device. */
bool check_is_delegated(const struct check_dev *dev, const struct prefix *addr);
/* Whether a network here has addresses of the device's delegated prefixes. */
bool check_has_lan(const struct check *c);

/*
 * What the checks of a kind look at has to be read first. Errors are printed.
 * Return: 0 or an exit code.
 */
int check_adpt_read(struct check *c);
void check_adpt_free(struct check *c);

/* The checks. Each reports what it finds. */
void check_host(struct check *c);
void check_rules(struct check *c);
void check_fib(struct check *c);
void check_nat64(struct check *c);
void check_edges(struct check *c);
void check_paths(struct check *c);
void check_own_routes(struct check *c);
void check_neigh(struct check *c);
void check_blocks(struct check *c);
void check_counters(struct check *c);
void check_m46t(struct check *c);
void check_6to4(struct check *c);
void check_site(struct check *c);
void check_outer(struct check *c);

#endif /* M46CTL_CHECK_H */
