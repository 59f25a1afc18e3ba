/* Of food.c and board.c: food safety, and what else lies on desks; after supervision and promises. */
#ifndef DEMO_FOOD_H
#define DEMO_FOOD_H

#include "demo/build.h"

bool food_write(struct builder *builder, struct error *error);
bool board_write(struct builder *builder, struct error *error);

#endif
