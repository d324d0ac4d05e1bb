/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The door: a route that leads nowhere. A packet that comes out of a device
 * with it passes the stack's hooks as any other does; then, instead of asking
 * the routing tables, the stack calls the door, which has the flow's route at
 * hand.
 */
#ifndef _M46_DOOR_H
#define _M46_DOOR_H

#include <linux/types.h>

struct m46_dev;
struct sk_buff;

/*
 * When the device goes up and down; RTNL. m46_door_shut() is followed by a
 * grace period, and that by m46_door_remove(). A device without a door is as
 * good, but slower.
 */
void m46_door_open(struct m46_dev *m46);
void m46_door_shut(struct m46_dev *m46);
void m46_door_remove(struct m46_dev *m46);

/*
 * Give an IPv6 packet that comes out of the device the door, borrowed. Return:
 * false where something is in between that may put the packet off beyond this
 * section of RCU, or the packet's route is no matter of addresses. RCU, BH
 * disabled.
 */
bool m46_door_take(struct m46_dev *m46, struct sk_buff *skb);

#endif /* _M46_DOOR_H */
