"""school.c in Python: the library through ctypes, nothing to install but the library.

    python3 allot.py [liballot.so.2]
"""
import ctypes as c
import sys

NONE = 0xFFFFFFFF
DEFERRED = 1
FOR_ALL, MEMBERS_FIRST = 0, 1
UNPLACED, CHOICE, BALANCED = 0, 1, 2
REFUSED = 1
VERSION = 2


class Offer(c.Structure):
    _fields_ = [("capacity", c.c_uint32), ("order", c.c_uint8), ("balance", c.c_uint8), ("reserved", c.c_uint16)]


class Kind(c.Structure):
    _fields_ = [("places", c.c_uint32), ("group_from", c.c_uint32), ("groups", c.c_uint16), ("whom", c.c_uint8),
                ("order", c.c_uint8)]


class Applicant(c.Structure):
    _fields_ = [("site", c.c_uint32), ("flags", c.c_uint16), ("places", c.c_uint16)]


class Choice(c.Structure):
    _fields_ = [("offer", c.c_uint32), ("priority", c.c_uint32), ("category", c.c_uint16), ("group", c.c_uint16)]


class Lot(c.Structure):
    _fields_ = [("high", c.c_uint64), ("low", c.c_uint64)]


Ticket = c.c_uint8 * 32


class Problem(c.Structure):
    _fields_ = [("version", c.c_uint32), ("mechanism", c.c_int), ("together", c.c_int), ("balance", c.c_bool),
                ("lot_per_offer", c.c_bool), ("waiting_unplaced_only", c.c_bool), ("waiting_reversed", c.c_bool),
                ("offers", c.c_uint32), ("applicants", c.c_uint32), ("sites", c.c_uint32),
                ("offer", c.POINTER(Offer)), ("kind_from", c.POINTER(c.c_uint32)), ("kind", c.POINTER(Kind)),
                ("kind_group", c.POINTER(c.c_uint16)), ("applicant", c.POINTER(Applicant)),
                ("ticket", c.POINTER(Ticket)), ("choice_from", c.POINTER(c.c_uint32)), ("choice", c.POINTER(Choice)),
                ("reach_from", c.POINTER(c.c_uint32)), ("reach", c.c_void_p), ("lot", c.POINTER(Lot)),
                ("choice_lot", c.POINTER(Lot))]


class Outcome(c.Structure):
    _fields_ = [("offer", c.c_uint32), ("kind", c.c_uint16), ("rank", c.c_uint16), ("how", c.c_uint8),
                ("reason", c.c_uint8), ("reserved", c.c_uint16)]


class Result(c.Structure):  # only the beginning is read here
    _fields_ = [("applicants", c.c_uint32), ("offers", c.c_uint32), ("placed_by_choice", c.c_uint32),
                ("placed_by_balance", c.c_uint32), ("unplaced", c.c_uint32), ("added", c.c_uint32),
                ("outcome", c.POINTER(Outcome))]


class Standing(c.Structure):
    _fields_ = [("applicant", c.c_uint32), ("rank", c.c_uint16), ("category", c.c_uint16), ("priority", c.c_uint32),
                ("other", c.c_uint8), ("lot", Lot)]


class Reasoning(c.Structure):
    _fields_ = [("offer", c.c_uint32), ("kind", c.c_uint16), ("verdict", c.c_int), ("decided", c.c_int),
                ("own", Standing), ("last", Standing), ("full", c.c_bool), ("admitted", c.c_uint32),
                ("stood_before", c.c_uint32), ("waiting_place", c.c_uint32), ("other_priority_suffices", c.c_bool),
                ("sufficient_priority", c.c_uint32), ("sufficient_category", c.c_uint16),
                ("other_lot_suffices", c.c_bool)]


class Error(c.Structure):
    _fields_ = [("fault", c.c_int), ("message", c.c_char * 240)]


def array(of, items):
    return (of * len(items))(*items)


def main():
    library = c.CDLL(sys.argv[1] if len(sys.argv) > 1 else "liballot.so.2")
    library.allot_result_free.restype = None
    library.allot_explain.restype = None
    library.allot_derive_lots.restype = None
    library.allot_run.restype = c.c_bool
    library.allot_check.restype = c.c_bool

    hill, river, harbour = range(3)
    schools = ["hill", "river", "harbour"]
    migrant = 1
    children = [("An", 1, [(hill, 1, 1, 0), (river, 1, 1, 0)]),
                ("Bo", 1, [(hill, 2, 2, 0), (harbour, 1, 1, 0)]),
                ("the twins Chu", 2, [(river, 1, 1, 0), (harbour, 2, 2, 0)]),
                ("Ding", 1, [(river, 2, 2, 0), (hill, 2, 2, 0)]),
                ("E", 1, [(harbour, 1, 1, 0), (river, 2, 2, 0)]),
                ("Fu", 1, [(harbour, 2, 2, 0), (hill, 3, 3, 0)]),
                ("Gu", 1, [(harbour, 3, 3, migrant)])]
    starts, wishes = [0], []
    for _, _, wanted in children:
        wishes += [Choice(*wish) for wish in wanted]
        starts.append(len(wishes))
    tickets = array(Ticket, [Ticket(i + 1) for i in range(len(children))])
    lots = (Lot * len(children))()
    problem = Problem(version=VERSION, mechanism=DEFERRED, offers=3, applicants=len(children),
                      offer=array(Offer, [Offer(2), Offer(2), Offer(3)]),
                      kind_from=array(c.c_uint32, [0, 0, 0, 2]),
                      kind=array(Kind, [Kind(2, 0, 0, FOR_ALL, 0), Kind(1, 0, 1, MEMBERS_FIRST, 0)]),
                      kind_group=array(c.c_uint16, [migrant]),
                      applicant=array(Applicant, [Applicant(NONE, 0, places) for _, places, _ in children]),
                      ticket=tickets, choice_from=array(c.c_uint32, starts), choice=array(Choice, wishes), lot=lots)
    seed = array(c.c_uint8, list(b"for an example, not for children"))
    library.allot_derive_lots(c.byref(problem), seed, b"example", c.c_size_t(7), None, lots, None)

    result, error = c.POINTER(Result)(), Error()
    if not (library.allot_run(c.byref(problem), None, c.byref(result), c.byref(error)) and
            library.allot_check(c.byref(problem), result, None, c.byref(error))):
        sys.exit(error.message.decode())
    for i, (name, _, wanted) in enumerate(children):
        outcome = result.contents.outcome[i]
        if outcome.how == UNPLACED:
            print(f"{name}: no place")
        else:
            print(f"{name}: {schools[outcome.offer]}, wish {outcome.rank + 1}, kind of place {outcome.kind}")
        why = (Reasoning * len(wanted))()
        library.allot_explain(c.byref(problem), result, c.c_uint32(i), why)
        for reason in why:
            if reason.verdict == REFUSED:
                print(f"  not {schools[reason.offer]}: {reason.stood_before} places were given to who stood before")
    library.allot_result_free(result, None)


if __name__ == "__main__":
    main()
