/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Routes of the kernel, of either family, as rtnetlink tells them.
 */
#ifndef M46CTL_ROUTE_H
#define M46CTL_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nl.h"
#include "parse.h"

/**
 * struct route_hop - one way that a route goes
 * @oif: index of the device, 0 for none
 * @flags: RTNH_F_*
 * @gateway: the next hop; its family is 0 where there is none
 */
struct route_hop {
	int oif;
	unsigned int flags;
	struct prefix gateway;
};

/**
 * struct route - one route
 * @type: RTN_*
 * @protocol: RTPROT_*, who made it
 * @metric: its priority
 * @mtu: 0 where it has none of its own
 * @src: source of what this machine sends; its family is 0 where none is said
 * @hops: valid until the next route is read
 */
struct route {
	struct prefix dst;
	uint32_t table;
	uint32_t metric;
	uint32_t mtu;
	struct prefix src;
	uint8_t type;
	uint8_t protocol;
	const struct route_hop *hops;
	size_t n_hops;
};

/**
 * struct route_dump - which routes are read, and what becomes of them
 * @family: AF_INET or AF_INET6
 * @oif: those that go through this device, 0 for any
 * @table: those of this table, 0 for any
 * @each: called for each one. Return: 0, or -1 to give up (ENOMEM)
 * @restart: forget all that was told, it is told again; or NULL
 * @arg: for both
 * @torn: answer: changed each time it was read
 */
struct route_dump {
	int family;
	int oif;
	uint32_t table;
	int (*each)(const struct route *route, void *arg);
	void (*restart)(void *arg);
	void *arg;
	bool torn;
};

/* Return: 0, or -1 with @err filled. */
int route_dump(struct route_dump *dump, struct kn_error *err);

/**
 * struct route_query - where a packet would go
 * @dst: its destination
 * @iif: what it comes out of, 0 for this machine
 * @oif: a VRF's device, for its tables, or the one to leave by; 0 for none
 * @mark: for policy routing
 * @match: answer with the route as it is in the table, all of its hops
 */
struct route_query {
	struct prefix dst;
	int iif;
	int oif;
	uint32_t mark;
	bool match;
};

/*
 * Return: 0, or -1 with @err filled: ENETUNREACH where there is no route, and
 * EHOSTUNREACH, EINVAL or EACCES where it is one of those that lead nowhere.
 */
int route_lookup(const struct route_query *rq, struct route *route,
		 struct kn_error *err);

/* Why such a lookup has failed: "there is no route", "it is a blackhole". */
const char *route_why(int code);

#define ROUTE_ORIGIN_STRLEN	16

/*
 * For IPv6 routes into an m46 device that have none and lead to several hosts:
 * Linux would keep a neighbour for each of them. Nobody has the address. The
 * route is onlink, or BIRD does not take it: the device has no such address.
 * Not in mode 6to4, where relays are next hops that a route without one leads to.
 */
extern const struct prefix route_next_hop;

/* Who made the route, as ip(8) says it: "bgp", or the number. */
const char *route_origin(uint8_t protocol, char buf[ROUTE_ORIGIN_STRLEN]);

#endif /* M46CTL_ROUTE_H */
