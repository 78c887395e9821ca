// SPDX-License-Identifier: GPL-2.0
/*
 * memtrace: which task waited for memory, for how long, for what; and who was killed.
 *
 * Layer: cli, the top: knows all others by their headers.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include "app.h"
#include "log.h"

#ifndef MEMTRACE_VERSION
#error "the build sets MEMTRACE_VERSION"
#endif

static void print_version(void)
{
	printf("memtrace %s\ncommands:", MEMTRACE_VERSION);
	for (int i = 0; i < COMMANDS; i++)
		if (command_is_built(i))
			printf(" %s", command_name(i));
	printf("\nbuilt with libbpf %s%s%s%s%s\n", MEMTRACE_LIBBPF,
#ifdef HAVE_SQLITE
	       ", SQLite",
#else
	       ", without SQLite: no recordings",
#endif
#ifdef HAVE_LIBDW
	       ", libdw",
#else
	       ", without libdw: user stacks have no names of functions",
#endif
#ifdef HAVE_LIBSYSTEMD
	       ", libsystemd",
#else
	       ", without libsystemd: no oom --journal",
#endif
#ifdef MEMTRACE_STATIC
	       ", static"
#else
	       ""
#endif
	);
}

int main(int argc, char **argv)
{
	static struct app app; /* too big for the stack */

	if (options_parse(argc, argv, &app.options))
		return 2;
	if (app.options.help || app.options.version) {
		if (app.options.help)
			options_help(stdout);
		else
			print_version();
		return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
	}
	if (app.options.quiet)
		log_set_level(LEVEL_ERROR);
	else if (app.options.verbose)
		log_set_level(LEVEL_DEBUG);
	/* A reader that goes away ends the run with everything in order. */
	signal(SIGPIPE, SIG_IGN);
	return app_run(&app);
}
