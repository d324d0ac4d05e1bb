#!/usr/bin/awk -f
# SPDX-License-Identifier: GPL-2.0
#
# Judge the KTAP output of one program: prints "counts PASSED FAILED SKIPPED",
# "failed NAME" for each result that failed, and "fail WHY" for what is wrong
# with the program as a whole. Only lines without indentation count.
#
# variables: rc (exit status), limit (its time limit)

/^1\.\.[0-9]+/ {
	# Several programs in a row (unit tests) have a plan each.
	planned += substr($1, 4)
	plans++
	if ($1 == "1..0")
		skipped++
	next
}

/^ok / {
	results++
	if (/# *[Ss][Kk][Ii][Pp]/ || /# *XFAIL/)
		skipped++
	else
		passed++
}

/^not ok / {
	results++
	if (/# *TODO/ || /# *XFAIL/) {
		skipped++
		next
	}
	failed++
	name = $0
	sub(/^not ok *[0-9]* *(- )?/, "", name)
	print "failed " name
}

END {
	print "counts", passed + 0, failed + 0, skipped + 0
	if (rc == 124 || rc == 137)
		print "fail ran out of time (" limit " s)"
	else if (!plans && rc == 4 && !results)
		print "counts 0 0 1"
	else if (!plans)
		print "fail printed no plan (status " rc ")"
	else if (planned + 0 != results + 0)
		print "fail " results + 0 " results, " planned " planned (status " rc ")"
	else if (rc != 0 && rc != 4 && !failed)
		print "fail status " rc
}
