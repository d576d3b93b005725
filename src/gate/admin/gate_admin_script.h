
/*
 * Copyright (C) 2026 Meshgate contributors
 *
 * The script that Redis runs for one call of the API: it looks whether the
 * change may be made, makes all of it, numbers it, and tells of it.
 *
 * ARGV: operation, consumer, credential, revisions, time, then what is of the
 * operation.  Names are as they are; those of records are percent-encoded by
 * the caller, as in "k:DIGEST".
 *
 *   revisions    "" any; ",3,4," one of these; "*" it must be there; "!" it
 *                must not be there
 *   time         YYYY-MM-DDTHH:MM:SSZ, now
 *   fields       NAME, "=" or "-" (it goes), VALUE, and so on, until the end
 *
 * The answer is a list: a word, and what follows it.
 *
 *   ok BEFORE AFTER [ID REF OWNER LAST]    "created" if it was not there
 *   ok NEXT LIST                           of lists; NEXT "": that is all
 *   absent, exists, taken, rev, full, kind, member, off, rotated, over
 *
 * BEFORE and AFTER are hashes: names and values in turn.
 *
 * Beside the records there are, of the API alone:
 *
 *   gate:consumers        sorted set, scores 0: names of consumers
 *   gate:o:{CONSUMER}     hash: id of a credential -> KIND:NAME
 *   gate:ids              hash: id of a credential -> consumer
 *   gate:gone             sorted set, scores 0: consumers that were deleted,
 *   gate:gone:at          the same by time: they are on bills, for 100 days
 *   gate:revoked          sorted set, scores 0: "EXP ISSUER=JTI", 12 digits
 */


#ifndef GATE_ADMIN_SCRIPT_H_INCLUDED_
#define GATE_ADMIN_SCRIPT_H_INCLUDED_


#include "gate_str.h"


extern const gate_str_t  gate_admin_script;


#endif /* GATE_ADMIN_SCRIPT_H_INCLUDED_ */
