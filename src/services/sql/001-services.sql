create table service_call (             -- a service that was opened
    id IDENTITY,
    service TEXT not null,              -- id of the file
    division TEXT not null,
    yaml TEXT not null,                 -- the file as it was; its hash is in the rules of the transcript
    -- what the file says, so that it is read once: offers and witnesses have tables of their own
    name_zh TEXT not null,
    name_en TEXT not null,
    about_zh TEXT not null,
    about_en TEXT not null,
    whom BIGINT not null,               -- bits: 1 child, 2 self, 4 listed
    age_from BIGINT not null,
    age_to BIGINT not null,             -- 0: any
    mechanism TEXT not null,            -- draw | first_come
    wishes BIGINT not null,
    together BIGINT not null,           -- 1: children of a family may be one ticket
    first TEXT not null,                -- who stands first, a letter each in order: s own school, c own county
    opens BIGINT not null,
    closes BIGINT not null,
    answer_days BIGINT not null,
    record_zh TEXT not null,            -- empty: gives no records
    record_en TEXT not null,
    attended BIGINT not null,
    activity TEXT not null,             -- what the register counts at the finish; empty: nothing
    level TEXT not null,
    results TEXT not null,              -- times | points, or empty
    state TEXT not null,                -- open | closed | drawn | finished | cancelled
    opened_at BIGINT not null,
    opened_by BIGINT not null,
    closed_at BIGINT,
    root TEXT,                          -- hex, SM3; of the list at the close
    rules TEXT,                         -- hex, SM3; of the rules in it
    listed BIGINT,
    seed TEXT,
    drawn_at BIGINT,
    placed BIGINT,
    reason TEXT not null                -- why it was cancelled; else empty
);
create index service_call_service on service_call (service);
create table service_offer (
    id BIGINT primary key,              -- plain_offer.id
    call BIGINT not null references service_call (id),
    code TEXT not null,                 -- id in the file
    name_zh TEXT not null,
    name_en TEXT not null,
    place_zh TEXT not null,
    place_en TEXT not null,
    institution BIGINT,
    capacity BIGINT not null,
    number BIGINT not null,             -- in the transcript: by code, from 0
    first_day BIGINT not null,          -- of its sessions, which do not change
    last_day BIGINT not null,
    from_minute BIGINT not null,
    until_minute BIGINT not null,
    sessions BIGINT not null,
    age_from BIGINT not null,           -- of a category; 0 and 0: as the call
    age_to BIGINT not null,
    sex TEXT not null,                  -- GB/T 2261.1; empty: any
    numbers BIGINT not null,            -- the first start number; 0: none are given
    lunch BIGINT not null,
    bed BIGINT not null,
    collect BIGINT not null,            -- 1: handed over to who has the code of the day
    staffed BIGINT not null,            -- a member of staff for so many; 0: not said
    unique (call, code)
);
create table service_session (
    id IDENTITY,
    offer BIGINT not null references service_offer (id),
    day BIGINT not null,
    from_minute BIGINT not null,
    until_minute BIGINT not null,
    noted_at BIGINT,                    -- when attendance was noted last
    noted_by BIGINT,
    unique (offer, day, from_minute)
);
create table service_witness (
    call BIGINT not null references service_call (id),
    witness TEXT not null,              -- id in the file
    place BIGINT not null,              -- in the file's order
    name_zh TEXT not null,
    name_en TEXT not null,
    commitment TEXT,
    committed_at BIGINT,
    secret TEXT,
    opened_at BIGINT,
    primary key (call, witness)
);
-- Claims and ledger name who has a place by a number alone: ids of entries begin at 2^40, so that none is ever the id of
-- an application.
create table service_entry (            -- of one person in one call
    id BIGINT primary key,
    call BIGINT not null references service_call (id),
    person_kind TEXT not null,          -- child | account | person (of the register)
    person BIGINT not null,
    account BIGINT not null,            -- who sent it
    ticket TEXT not null,               -- hex: the same whatever is sent again
    salt TEXT not null,                 -- hex
    receipt TEXT not null,
    state TEXT not null,                -- sent | withdrawn
    sent_at BIGINT not null,
    lead BIGINT,                        -- the entry whose ticket it shares (its own, for the first of them); null: alone
    unique (call, person_kind, person)
);
create index service_entry_person on service_entry (person_kind, person);
create index service_entry_account on service_entry (account);
create index service_entry_lead on service_entry (lead);
create table service_wish (
    entry BIGINT not null references service_entry (id),
    rank BIGINT not null,
    offer BIGINT not null references service_offer (id),
    priority BIGINT,                    -- as it stood in the list; null: not listed
    lot TEXT,                           -- hex
    granted BIGINT not null default 0,
    primary key (entry, rank)
);
create index service_wish_offer on service_wish (offer);
create table service_attendance (
    session BIGINT not null references service_session (id),
    entry BIGINT not null references service_entry (id),
    state TEXT not null,                -- present | absent
    at BIGINT not null,
    account BIGINT not null,
    primary key (session, entry)
);
create table service_pickup (           -- handed over
    session BIGINT not null references service_session (id),
    entry BIGINT not null references service_entry (id),
    at BIGINT not null,
    account BIGINT not null,
    reason TEXT not null,               -- without the code: to whom and why; empty: the code was right
    primary key (session, entry)
);
create table service_need (             -- when somebody is to be there for a child: what the family says
    child BIGINT primary key,
    weekdays BIGINT not null,           -- bits: 2 Monday … 128 Sunday
    from_minute BIGINT not null,
    until_minute BIGINT not null,
    at BIGINT not null,
    account BIGINT not null
);
create index service_session_day on service_session (day);
create index service_attendance_entry on service_attendance (entry);
create table service_number (           -- start numbers: given with the place, never given again
    offer BIGINT not null references service_offer (id),
    number BIGINT not null,
    entry BIGINT not null references service_entry (id),
    primary key (offer, number),
    unique (entry, offer)
);
create table service_result (
    offer BIGINT not null references service_offer (id),
    number BIGINT not null,
    state TEXT not null,                -- finished | stopped | disqualified | absent
    mark BIGINT,                        -- milliseconds, or thousandths of a point; of finished alone
    place BIGINT,                       -- by mark; the same mark, the same place
    at BIGINT not null,
    account BIGINT not null,
    primary key (offer, number)
);
