// SPDX-License-Identifier: GPL-2.0
/*
 * The mapping rule database: two tables from IPv4 prefix to rule, and the
 * mapping prefixes that the rules share. Rules that say the same of different
 * IPv4 prefixes are one object.
 *
 * Every rule counts in its mapping prefix as remote or local. That is how the
 * packet path knows an own prefix and, for the loose source check, another
 * PE's; and it is why the last rule can take the prefix with it.
 */
#include <linux/m46.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "config.h"
#include "md.h"

static struct workqueue_struct *m46_md_wq;

static const struct rhashtable_params pref6_params = {
	.key_len		= sizeof_field(struct m46_pref6, top),
	.key_offset		= offsetof(struct m46_pref6, top),
	.head_offset		= offsetof(struct m46_pref6, node),
	.automatic_shrinking	= true,
};

struct m46_md *m46_md_alloc(void)
{
	struct m46_md *md;
	int err;

	md = kzalloc(sizeof(*md), GFP_KERNEL_ACCOUNT);
	if (!md)
		return NULL;

	err = rhashtable_init(&md->pref6s, &pref6_params);
	if (err) {
		kfree(md);
		return NULL;
	}
	md->gen = 1;
	return md;
}

void m46_md_fill(struct m46_md *md, bool on)
{
	md->remote.unseen = on;
	md->local.unseen = on;
}

static void pref6_release(void *ptr, void *arg)
{
	struct m46_pref6 *pref6 = ptr;
	struct hlist_node *tmp;
	struct m46_rule *rule;

	hlist_for_each_entry_safe(rule, tmp, &pref6->rules, node)
		kfree(rule);
	kfree(pref6);
}

static void md_free_work(struct work_struct *work)
{
	struct m46_md *md = container_of(to_rcu_work(work), struct m46_md,
					 free_work);

	m46_lpm_destroy(&md->remote);
	m46_lpm_destroy(&md->local);
	rhashtable_free_and_destroy(&md->pref6s, pref6_release, NULL);
	kfree(md);
}

void m46_md_free(struct m46_md *md)
{
	if (!md)
		return;
	INIT_RCU_WORK(&md->free_work, md_free_work);
	queue_rcu_work(m46_md_wq, &md->free_work);
}

/* A dump takes 0 for "not known yet". */
static u32 gen_after(u32 gen)
{
	return gen + 1 ?: 1;
}

static void md_changed(struct m46_md *md)
{
	/* who sees the new one sees the change, see m46_map_gen() */
	smp_store_release(&md->gen, gen_after(md->gen));
}

void m46_md_succeed(struct m46_md *new, const struct m46_md *old)
{
	WRITE_ONCE(new->gen, gen_after(old->gen));
}

struct m46_pref6 *m46_md_pref6(struct m46_md *md, const __be32 top[3])
{
	return rhashtable_lookup_fast(&md->pref6s, top, pref6_params);
}

static void pref6_count(struct m46_pref6 *pref6, bool local, int diff)
{
	u32 *count = local ? &pref6->local : &pref6->remote;

	WRITE_ONCE(*count, *count + diff);
}

static struct m46_pref6 *pref6_create(struct m46_md *md, const __be32 top[3])
{
	struct m46_pref6 *pref6;
	int err;

	pref6 = kzalloc(sizeof(*pref6), GFP_KERNEL_ACCOUNT);
	if (!pref6)
		return ERR_PTR(-ENOMEM);

	memcpy(pref6->top, top, sizeof(pref6->top));
	err = rhashtable_insert_fast(&md->pref6s, &pref6->node, pref6_params);
	if (err) {
		kfree(pref6);
		return ERR_PTR(err);
	}
	return pref6;
}

/* A new prefix, or one that has lost its last rule, is of no use. */
static void pref6_drop_unused(struct m46_md *md, struct m46_pref6 *pref6)
{
	if (pref6->remote || pref6->local)
		return;
	rhashtable_remove_fast(&md->pref6s, &pref6->node, pref6_params);
	kfree_rcu(pref6, rcu);
}

static struct m46_rule *rule_find(const struct m46_pref6 *pref6,
				  const struct m46_rule_spec *spec)
{
	struct m46_rule *rule;

	hlist_for_each_entry(rule, &pref6->rules, node) {
		if (rule->via_len == spec->via_len &&
		    rule->method == spec->method && rule->local == spec->local)
			return rule;
	}
	return NULL;
}

static struct m46_rule *rule_create(struct m46_pref6 *pref6,
				    const struct m46_rule_spec *spec)
{
	struct m46_rule *rule;

	rule = kzalloc(sizeof(*rule), GFP_KERNEL_ACCOUNT);
	if (!rule)
		return NULL;
	rule->pref6 = pref6;
	rule->via_len = spec->via_len;
	rule->method = spec->method;
	rule->local = spec->local;
	hlist_add_head(&rule->node, &pref6->rules);
	return rule;
}

/* The rule that says this, for one more prefix. pref6: NULL if there is none */
static struct m46_rule *rule_get(struct m46_md *md, struct m46_pref6 *pref6,
				 const struct m46_rule_spec *spec)
{
	struct m46_rule *rule;

	if (!pref6)
		pref6 = pref6_create(md, spec->via.s6_addr32);
	if (IS_ERR(pref6))
		return ERR_CAST(pref6);
	rule = rule_find(pref6, spec);
	if (!rule)
		rule = rule_create(pref6, spec);
	if (!rule) {
		pref6_drop_unused(md, pref6);
		return ERR_PTR(-ENOMEM);
	}
	rule->count++;
	pref6_count(pref6, rule->local, 1);
	return rule;
}

/* One prefix has it no more, or never had it. */
static void rule_put(struct m46_md *md, struct m46_rule *rule)
{
	struct m46_pref6 *pref6 = rule->pref6;

	pref6_count(pref6, rule->local, -1);
	if (--rule->count)
		return;
	hlist_del(&rule->node);
	pref6_drop_unused(md, pref6);
	kfree_rcu(rule, rcu);
}

static struct m46_lpm *md_table(struct m46_md *md, bool local)
{
	return local ? &md->local : &md->remote;
}

static int md_precheck(struct m46_md *md, const struct m46_pref6 *pref6,
		       const struct m46_rule_spec *spec, bool excl,
		       struct netlink_ext_ack *extack)
{
	struct m46_lpm *lpm = md_table(md, spec->local);
	bool exists;

	exists = m46_lpm_find(lpm, spec->dst, spec->dst_len);
	if (exists && excl) {
		NL_SET_ERR_MSG(extack, "rule for this prefix exists");
		return -EEXIST;
	}
	if (!exists && md->remote.count + md->local.count >= M46_RULES_MAX) {
		NL_SET_ERR_MSG(extack, "limit of 1048576 rules reached");
		return -ENOSPC;
	}
	if (!spec->local && pref6 && pref6->local) {
		NL_SET_ERR_MSG(extack,
			       "rule points at an own prefix (of a local rule)");
		return -EINVAL;
	}
	if (spec->local && pref6 && pref6->remote) {
		NL_SET_ERR_MSG(extack,
			       "prefix of local rule is the target of other rules");
		return -EINVAL;
	}
	return 0;
}

int m46_md_set(struct m46_md *md, const struct m46_rule_spec *spec, bool excl,
	       struct netlink_ext_ack *extack)
{
	struct m46_pref6 *pref6;
	struct m46_rule *rule;
	void *old;
	int err;

	ASSERT_RTNL();

	pref6 = m46_md_pref6(md, spec->via.s6_addr32);
	err = md_precheck(md, pref6, spec, excl, extack);
	if (err)
		return err;

	rule = rule_get(md, pref6, spec);
	if (IS_ERR(rule)) {
		NL_SET_ERR_MSG(extack, "no memory for the rule");
		return PTR_ERR(rule);
	}
	err = m46_lpm_set(md_table(md, spec->local), spec->dst, spec->dst_len,
			  rule, &old, GFP_KERNEL_ACCOUNT);
	if (err) {
		NL_SET_ERR_MSG(extack, "no memory for the rule");
		rule_put(md, rule);
		/* meanwhile its prefix was that of a neighbour */
		md_changed(md);
		return err;
	}
	if (old)
		rule_put(md, old);
	md_changed(md);
	return 0;
}

static bool rule_points_at(const struct m46_rule *rule,
			   const struct in6_addr *via, u8 via_len)
{
	return rule->via_len == via_len &&
	       m46_same_top(via, rule->pref6->top);
}

int m46_md_del(struct m46_md *md, u32 dst, u8 dst_len, bool local,
	       const struct in6_addr *via, u8 via_len,
	       struct netlink_ext_ack *extack)
{
	struct m46_lpm *lpm = md_table(md, local);
	struct m46_rule *rule;
	void *old;
	int err;

	ASSERT_RTNL();

	rule = m46_lpm_find(lpm, dst, dst_len);
	if (!rule) {
		NL_SET_ERR_MSG(extack, "no rule for this prefix");
		return -ENOENT;
	}
	if (via && !rule_points_at(rule, via, via_len)) {
		NL_SET_ERR_MSG(extack, "rule points at another mapping prefix");
		return -ENOENT;
	}

	err = m46_lpm_del(lpm, dst, dst_len, &old, GFP_KERNEL_ACCOUNT);
	if (err) {
		NL_SET_ERR_MSG(extack, "no memory to delete the rule");
		return err;
	}
	rule_put(md, rule);
	md_changed(md);
	return 0;
}

int m46_md_init(void)
{
	m46_md_wq = alloc_workqueue("m46", WQ_UNBOUND, 0);
	return m46_md_wq ? 0 : -ENOMEM;
}

/* Nothing calls m46_md_free() any more. */
void m46_md_exit(void)
{
	/* grace periods that queue_rcu_work() waits for, then the work */
	rcu_barrier();
	destroy_workqueue(m46_md_wq);
}
