/* Removes what an interrupted build left, and nothing else: the key of the vault stays. */
#ifndef DEMO_CLEAR_H
#define DEMO_CLEAR_H

#include "demo/demo.h"

bool clear_installation(const struct demo_settings *settings, struct error *error);

#endif
