/* A small crew of threads that does many like jobs together: crew_each calls job(argument, i) once for every i < jobs,
 * on any of its threads and the caller's, and returns when all are done.
 *
 * One caller at a time, and no job calls crew_each. crew_get and crew_put are malloc and free with the crew as their
 * first word, so that all three fit where a library asks its host for memory and threads. */
#ifndef BASE_CREW_H
#define BASE_CREW_H

#include <stddef.h>
#include <stdint.h>

struct crew;

/* Of so many threads, the caller among them; 0: as many as there are processors. Never NULL: with fewer threads than
 * wished for, if need be alone. */
struct crew *crew_new(unsigned threads);
void crew_free(struct crew *crew);
unsigned crew_size(const struct crew *crew);

void crew_each(void *crew, void (*job)(void *argument, uint32_t index), void *argument, uint32_t jobs);
void *crew_get(void *crew, size_t bytes);
void crew_put(void *crew, void *block);

#endif
