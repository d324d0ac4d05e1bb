// SPDX-License-Identifier: GPL-2.0
/*
 * Points in time as people write them.
 *
 * A parser of our own, for there is none to link: that of date -d is a part of
 * gnulib compiled into coreutils, that of systemd is not exported by
 * libsystemd, and getdate() of the C library wants a file of formats in the
 * environment. This one knows what is listed in when.h, and no locale.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "when.h"

#define TEXT_MAX	64
#define WORDS_LIMIT	4
#define DAY		86400

/* What the words have said. */
struct scan {
	int64_t now;		/* ns */
	bool utc;
	bool has_date;
	bool has_time;
	int weekday;		/* 0 = Sunday, -1: none */
	int days_back;		/* -1: none */
	struct tm tm;
	int64_t ns;		/* fraction of the second */
	int64_t width;		/* ns */
};

int64_t when_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);

	return ts.tv_sec * NS_PER_SEC + ts.tv_nsec;
}

/* Exactly @n digits. Return: behind them, or NULL. */
static const char *digits(const char *s, int n, int *value)
{
	*value = 0;
	while (n--) {
		if (!isdigit((unsigned char)*s))
			return NULL;
		*value = *value * 10 + (*s++ - '0');
	}

	return s;
}

/* Digits behind the decimal point; each narrows the width. */
static const char *fraction(const char *s, struct scan *sc)
{
	int64_t unit = NS_PER_SEC;

	if (!isdigit((unsigned char)*s))
		return NULL;
	for (; isdigit((unsigned char)*s); s++) {
		if (unit == 1)
			return NULL;
		unit /= 10;
		sc->ns += (*s - '0') * unit;
	}
	sc->width = unit;

	return s;
}

/* HH:MM[:SS[.FRACTION]] */
static bool scan_time(const char *s, struct scan *sc)
{
	int hour, min, sec = 0;

	s = digits(s, 2, &hour);
	if (!s || *s++ != ':')
		return false;
	s = digits(s, 2, &min);
	if (!s)
		return false;
	sc->width = 60 * NS_PER_SEC;
	if (*s == ':') {
		s = digits(s + 1, 2, &sec);
		sc->width = NS_PER_SEC;
		if (s && *s == '.')
			s = fraction(s + 1, sc);
	}
	if (!s || *s || hour > 23 || min > 59 || sec > 60 || sc->has_time)
		return false;
	sc->tm.tm_hour = hour;
	sc->tm.tm_min = min;
	sc->tm.tm_sec = sec;
	sc->has_time = true;

	return true;
}

static int month_days(int year, int month)
{
	static const int days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};
	bool leap = (year % 4 == 0 && year % 100) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static bool has_day(const struct scan *sc)
{
	return sc->has_date || sc->weekday >= 0 || sc->days_back >= 0;
}

/* YYYY-MM-DD */
static bool scan_date(const char *s, struct scan *sc)
{
	int year, month, day;

	s = digits(s, 4, &year);
	if (!s || *s++ != '-')
		return false;
	s = digits(s, 2, &month);
	if (!s || *s++ != '-')
		return false;
	s = digits(s, 2, &day);
	/* Nanoseconds in 64 bits end in 2262. */
	if (!s || *s || year < 1970 || year > 2200 || month < 1 || month > 12 ||
	    day < 1 || day > month_days(year, month) || has_day(sc))
		return false;
	sc->tm.tm_year = year - 1900;
	sc->tm.tm_mon = month - 1;
	sc->tm.tm_mday = day;
	sc->has_date = true;

	return true;
}

static bool scan_day(const char *s, struct scan *sc)
{
	static const char *const days[] = {
		"sunday", "monday", "tuesday", "wednesday", "thursday",
		"friday", "saturday"
	};
	size_t len = strlen(s);
	int i;

	if (has_day(sc))
		return false;
	if (!strcmp(s, "today") || !strcmp(s, "yesterday")) {
		sc->days_back = *s == 'y';
		return true;
	}
	for (i = 0; i < 7; i++) {
		if (len >= 3 && !strncmp(days[i], s, len)) {
			sc->weekday = i;
			return true;
		}
	}

	return false;
}

/* "2h", "1h30m", "90": seconds. Return: behind it, or NULL. */
static const char *duration(const char *s, int64_t *seconds)
{
	static const struct {
		char unit;
		int seconds;
	} units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', DAY },
		{ 'w', 7 * DAY }
	};
	int64_t value;
	size_t i;
	char *end;

	*seconds = 0;
	while (isdigit((unsigned char)*s)) {
		value = strtoll(s, &end, 10);
		if (value > 200LL * 366 * DAY)
			return NULL;
		s = end;
		for (i = 0; i < ARRAY_SIZE(units); i++) {
			if (*s == units[i].unit) {
				value *= units[i].seconds;
				s++;
				break;
			}
		}
		*seconds += value;
		if (i == ARRAY_SIZE(units) || *seconds > 200LL * 366 * DAY)
			break;
	}

	return *seconds > 200LL * 366 * DAY ? NULL : s;
}

static void set_span(struct when *when, int64_t start, int64_t width)
{
	when->start = start;
	when->end = start + width;
}

/* What needs no calendar. Return: it was one of these. */
static bool parse_plain(char **words, int n, struct scan *sc,
			struct when *when)
{
	const char *s = words[0], *end;
	int64_t value;
	char *rest;

	if (n == 1 && !strcmp(s, "now")) {
		set_span(when, sc->now, 1);
		return true;
	}
	if (n == 1 && s[0] == '@' && isdigit((unsigned char)s[1])) {
		sc->width = NS_PER_SEC;
		value = strtoll(s + 1, &rest, 10);
		end = *rest == '.' ? fraction(rest + 1, sc) : rest;
		if (!end || *end || value > 200LL * 366 * DAY)
			return false;
		set_span(when, value * NS_PER_SEC + sc->ns, sc->width);
		return true;
	}
	if (n == 2 && strcmp(words[1], "ago"))
		return false;
	if (n > 2 || (n == 1 && *s++ != '-') || !isdigit((unsigned char)*s))
		return false;
	end = duration(s, &value);
	if (!end || *end || value * NS_PER_SEC > sc->now)
		return false;
	set_span(when, sc->now - value * NS_PER_SEC, NS_PER_SEC);

	return true;
}

/* The calendar in @tm, as seconds since 1970; out of range days are fine. */
static int64_t calendar(struct tm tm, const struct scan *sc)
{
	tm.tm_isdst = -1;

	return (sc->utc ? timegm(&tm) : mktime(&tm)) * NS_PER_SEC;
}

/* Fill in the day where none was written, or a relative one. */
static void settle_day(struct scan *sc)
{
	time_t now = sc->now / NS_PER_SEC;
	struct tm today;
	int back = 0;

	if (sc->has_date)
		return;
	if (sc->utc)
		gmtime_r(&now, &today);
	else
		localtime_r(&now, &today);
	if (sc->weekday >= 0)
		back = (today.tm_wday - sc->weekday + 7) % 7;
	if (sc->days_back >= 0)
		back = sc->days_back;
	sc->tm.tm_year = today.tm_year;
	sc->tm.tm_mon = today.tm_mon;
	sc->tm.tm_mday = today.tm_mday - back;
	/* Nobody asks for what has not been: it is the one before. */
	if (sc->days_back < 0 && calendar(sc->tm, sc) + sc->ns > sc->now)
		sc->tm.tm_mday -= sc->weekday >= 0 ? 7 : 1;
}

static bool scan_word(char *word, struct scan *sc)
{
	size_t len = strlen(word);
	char *t = strchr(word, 't');

	if (!strcmp(word, "utc") || !strcmp(word, "z")) {
		sc->utc = true;
		return true;
	}
	if (len > 5 && word[len - 1] == 'z') {
		word[len - 1] = '\0';
		sc->utc = true;
	}
	if (isdigit((unsigned char)word[0]) && t) {
		*t = '\0';
		return scan_date(word, sc) && scan_time(t + 1, sc);
	}

	return scan_date(word, sc) || scan_time(word, sc) ||
	       scan_day(word, sc);
}

static bool parse_calendar(char **words, int n, struct scan *sc,
			   struct when *when)
{
	struct tm next;
	int i;

	for (i = 0; i < n; i++) {
		if (!scan_word(words[i], sc))
			return false;
	}
	if (!has_day(sc) && !sc->has_time)
		return false;
	settle_day(sc);
	when->start = calendar(sc->tm, sc) + sc->ns;
	when->end = when->start + sc->width;
	if (!sc->has_time) {
		/* Not all days have 24 hours. */
		next = sc->tm;
		next.tm_mday++;
		when->end = calendar(next, sc);
	}

	return when->start >= 0;
}

int when_parse(const char *text, int64_t now, struct when *when,
	       struct parse_err *err)
{
	struct scan sc = { .now = now, .weekday = -1, .days_back = -1 };
	char *words[WORDS_LIMIT], copy[TEXT_MAX];
	struct parse_err many;
	size_t i;
	int n;

	snprintf(copy, sizeof(copy), "%s", text);
	for (i = 0; copy[i]; i++)
		copy[i] = (char)tolower((unsigned char)copy[i]);
	n = strlen(text) < sizeof(copy) ?
	    parse_split(copy, words, WORDS_LIMIT, &many) : 0;
	if (n > 0 && (parse_plain(words, n, &sc, when) ||
		      parse_calendar(words, n, &sc, when)))
		return 0;

	return parse_fail(err, "\"%.64s\" is not a time (14:02, 2026-11-17 14:02, tuesday 14:02, yesterday, 2h ago, @SECONDS)",
			  text);
}

/* Rounded down, also before 1970. */
static int64_t split_ns(int64_t ns, time_t *seconds)
{
	int64_t rest = ns % NS_PER_SEC;

	if (rest < 0)
		rest += NS_PER_SEC;
	*seconds = (ns - rest) / NS_PER_SEC;

	return rest;
}

const char *when_iso(int64_t ns, char buf[WHEN_STRLEN])
{
	time_t seconds;
	int ms = (int)(split_ns(ns, &seconds) / NS_PER_MS);
	char text[24];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf, WHEN_STRLEN, "%s.%03dZ", text, ms);

	return buf;
}

const char *when_local(int64_t ns, char buf[WHEN_STRLEN])
{
	time_t seconds;
	int ms = (int)(split_ns(ns, &seconds) / NS_PER_MS);
	char text[24];
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(buf, WHEN_STRLEN, "%s.%03d", text, ms);

	return buf;
}
