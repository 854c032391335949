/* SPDX-License-Identifier: MIT */
#include "cli/ui/progress.h"

#include "cli/ui/units.h"
#include "util/cleanup.h"
#include "util/clock.h"

#include <string.h>
#include <sys/ioctl.h>

#define BAR 24

void progress_begin(struct progress *p, const char *what, bool quiet)
{
	*p = (struct progress){ .what = what, .on = !quiet && isatty(STDERR_FILENO), .start = clock_mono() };
}

static void draw_bar(const struct progress_amounts *a, char bar[BAR + 1])
{
	size_t full = a->total ? (size_t)((double)MIN(a->done, a->total) / (double)a->total * BAR) : 0;
	memset(bar, '.', BAR);
	memset(bar, '#', full);
	bar[BAR] = 0;
}

void progress_line(const char *what, const struct progress_amounts *a, unsigned width, char *out, size_t n)
{
	char bar[BAR + 1], sofar[32], all[32], speed[32], left[32] = "";
	draw_bar(a, bar);
	units_size(a->done, sofar, sizeof(sofar));
	units_size(a->total, all, sizeof(all));
	units_size(a->rate, speed, sizeof(speed));
	if (a->rate && a->total > a->done)
		units_seconds((a->total - a->done) / a->rate + 1, left, sizeof(left));
	if (a->total)
		snprintf(out, n, "%s [%s] %s of %s, %s/s%s%s", what, bar, sofar, all, speed, left[0] ? ", left: " : "",
		         left);
	else
		snprintf(out, n, "%s %s, %s/s", what, sofar, speed);
	if (width && strlen(out) > width)
		out[width] = 0;
}

void progress_show(struct progress *p, uint64_t done, uint64_t total)
{
	int64_t now = clock_mono();
	if (!p->on || (p->drawn && now - p->last < NS_PER_S / 10))
		return;
	if (!p->drawn)
		p->first = done;
	double seconds = (double)(now - p->start) / (double)NS_PER_S;
	uint64_t rate = seconds > 0.2 ? (uint64_t)((double)(done - p->first) / seconds) : 0;
	struct winsize w = { 0 };
	char line[256];
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &w) || !w.ws_col)
		w.ws_col = 80;
	progress_line(p->what, &(struct progress_amounts){ done, total, rate }, w.ws_col - 1u, line, sizeof(line));
	fprintf(stderr, "\r%s\033[K", line);
	p->drawn = true;
	p->last = now;
}

void progress_end(struct progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", stderr);
	p->drawn = false;
}
