/* Between the files of the outbox. */
#ifndef CONNECT_OUTBOX_INSIDE_H
#define CONNECT_OUTBOX_INSIDE_H

#include "connect/outbox.h"

/* OUTBOX_CHANNELS: none of them. */
enum outbox_channel outbox_channel_of(struct str word);
bool outbox_seal(struct writing *writing, const char *purpose, struct str plain, struct value *out,
                 struct error *error);

#endif
