/* What must happen while the server runs though nobody asks (housekeeping.c). */
#ifndef HOUSEKEEPING_H
#define HOUSEKEEPING_H

#include "accounts/accounts.h"

struct housekeeper;
/* The app must outlive it. NULL with error. */
struct housekeeper *housekeeper_start(struct app *app, struct error *error);
/* Waits for what is running. NULL is accepted. */
void housekeeper_stop(struct housekeeper *keeper);

#endif
