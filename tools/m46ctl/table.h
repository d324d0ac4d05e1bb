/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The entries of all devices in memory, found by either address.
 *
 * An entry keeps its slot for life. Free slots are taken in ascending order,
 * round and round, so that what is made together lies together: the store has
 * one row a slot, and writes pages.
 */
#ifndef M46CTL_TABLE_H
#define M46CTL_TABLE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * enum slot_state - what is known of an entry
 * @SLOT_FREE: no entry
 * @SLOT_LIVE: the kernel has it
 * @SLOT_MISSING: the last dump did not have it, the next one decides
 * @SLOT_WAITING: the kernel has lost it, it is to be restored
 * @SLOT_SENT: on its way back to the kernel
 * @SLOT_DEAD: deleted while a dump was read: what the dump says of it is old.
 *	Not found by table_find4() and table_find6()
 */
enum slot_state {
	SLOT_FREE,
	SLOT_LIVE,
	SLOT_MISSING,
	SLOT_WAITING,
	SLOT_SENT,
	SLOT_DEAD,
};

#define SLOT_NONE	UINT32_MAX

/**
 * struct slot - one entry
 * @ipv6: the host
 * @ipv4: its address
 * @next6: next slot with this hash of @ipv6
 * @next4: next slot with this hash of @ipv4
 * @dev: number of the device
 * @gen: last dump that had it, or during which an event told of it
 * @type: enum m46_entry_type
 * @state: enum slot_state
 * @refused: the kernel has refused it once already
 * @since: CLOCK_REALTIME in ns
 * @expires: likewise, as last known; 0: static, never
 * @lost: likewise: since then the kernel has it no more, which the file says,
 *	too: over, unless it can be restored. 0: it has, or is to have it soon
 */
struct slot {
	struct in6_addr ipv6;
	struct in_addr ipv4;
	uint32_t next6;
	uint32_t next4;
	uint32_t dev;
	uint32_t gen;
	uint8_t type;
	uint8_t state;
	bool refused;
	int64_t since;
	int64_t expires;
	int64_t lost;
};

struct table {
	struct slot *slots;
	uint32_t n;		/* slots there are */
	uint32_t used;
	uint32_t cursor;	/* where to look for a free one */
	uint32_t *by6;
	uint32_t *by4;
	uint32_t mask;		/* of hashes */
	uint64_t seed;
};

/* All of these end the program where memory ends. */
void table_init(struct table *t);
void table_free(struct table *t);

uint32_t table_find6(const struct table *t, uint32_t dev,
		     const struct in6_addr *ipv6);
uint32_t table_find4(const struct table *t, uint32_t dev, struct in_addr ipv4);
/* The dead entry with both addresses. */
uint32_t table_find_dead(const struct table *t, uint32_t dev,
			 const struct in6_addr *ipv6, struct in_addr ipv4);

/* A new entry, SLOT_LIVE. The caller has seen to it that it is the only one. */
uint32_t table_add(struct table *t, uint32_t dev, const struct in6_addr *ipv6,
		   struct in_addr ipv4);
/* The same in @slot, which is free, or was never there. */
void table_add_at(struct table *t, uint32_t slot, uint32_t dev,
		  const struct in6_addr *ipv6, struct in_addr ipv4);
void table_del(struct table *t, uint32_t slot);

#endif /* M46CTL_TABLE_H */
