// SPDX-License-Identifier: GPL-2.0
#include <linux/init.h>
#include <linux/module.h>
#include <net/genetlink.h>
#include <net/rtnetlink.h>

#include "fast.h"
#include "flows.h"
#include "m46.h"
#include "md.h"
#include "table.h"
#include "test_bugs.h"
#include "tunnel.h"

static int __init m46_init(void)
{
	int err;

	m46_flows_init();
	err = m46_md_init();
	if (err)
		return err;
	err = m46_table_init();
	if (err)
		goto err_md;
	err = m46_tunnel_init();
	if (err)
		goto err_table;
	err = m46_fast_init();
	if (err)
		goto err_tunnel;
	err = m46_genl_init();
	if (err)
		goto err_fast;
	err = rtnl_link_register(&m46_link_ops);
	if (err)
		goto err_genl;
	m46_test_bugs_init();
	return 0;

err_genl:
	m46_genl_exit();
err_fast:
	m46_fast_exit();
err_tunnel:
	m46_tunnel_exit();
err_table:
	m46_table_exit();
err_md:
	m46_md_exit();
	return err;
}

static void __exit m46_exit(void)
{
	/*
	 * Deletes the devices of all namespaces. Their packets tell events to
	 * the family, which therefore goes after them.
	 */
	rtnl_link_unregister(&m46_link_ops);
	m46_genl_exit();
	m46_fast_exit();
	m46_tunnel_exit();
	m46_table_exit();
	m46_md_exit();
}

module_init(m46_init);
module_exit(m46_exit);

MODULE_DESCRIPTION("IPv6/IPv4 transition device");
MODULE_LICENSE("GPL");
MODULE_ALIAS_RTNL_LINK(M46_LINK_KIND);
MODULE_ALIAS_GENL_FAMILY(M46_GENL_NAME);
