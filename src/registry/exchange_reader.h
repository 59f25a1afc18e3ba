/* What runs beside the pages of the exchange (exchange_keep.h): the thread that reads what was handed in, and
 * housekeeping. */
#ifndef REGISTRY_EXCHANGE_READER_H
#define REGISTRY_EXCHANGE_READER_H

#include "base/error.h"

#include <stdint.h>

struct keeper_of;
struct kind;
struct store;
struct vault;
struct writer;
struct writing;

struct exchange_reader;
/* One thread that reads one file after the other. program: of jiaoti-import; NULL: beside this one. What an earlier
 * process was reading has failed. */
bool exchange_reader_start(struct exchange_reader **reader, struct store *store, struct vault *vault,
                           struct writer *writer, const char *program, struct error *error);
/* Ends what is being read, as stopped. NULL is accepted. */
void exchange_reader_stop(struct exchange_reader *reader);
/* Queues a file (a regular one, taken over and closed; a map of points or a spreadsheet) for an import that was added.
 * False: too many wait. */
bool exchange_reader_take(struct exchange_reader *reader, int64_t import, const struct kind *kind,
                          const struct keeper_of *who, int64_t day, bool map, int file, struct error *error);
/* Waits until it is read, so long at most: most sheets are there at once. */
void exchange_reader_wait(struct exchange_reader *reader, int64_t import, int milliseconds);
/* Asks it to read no further; what it has read is forgotten. */
void exchange_reader_stop_one(struct exchange_reader *reader, int64_t import);

/* Forgets cells older than IMPORT_KEEP_DAYS; for housekeeping. */
bool exchange_forget(struct writing *writing, struct error *error);

#endif
