/* The pages of places, as the server needs them: every table of routes, and what runs beside the pages. */
#ifndef PLACES_PAGES_H
#define PLACES_PAGES_H

#include "places/county/county.h"
#include "places/county/departments.h"
#include "places/county/sample.h"
#include "places/desk/desk.h"
#include "places/family/appeal.h"
#include "places/family/family.h"
#include "places/family/result.h"
#include "places/public/public.h"
#include "places/public/round.h"
#include "places/public/verify.h"

#endif
