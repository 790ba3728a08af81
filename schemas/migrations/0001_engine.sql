-- The engine's own tables, shared by every system. A generation's tables live in a schema of their own.
CREATE SCHEMA groundswell;

-- Raises when a flush moved fewer positions than it holds: another owner went on, so nothing may be written.
CREATE FUNCTION groundswell.require_moved(moved bigint, expected bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF moved <> expected THEN
        RAISE EXCEPTION 'moved % of % positions: another worker owns them', moved, expected USING ERRCODE = 'GS001';
    END IF;
END $$;

-- What a topic was when its log began. The number of partitions never changes under a log.
CREATE TABLE groundswell.topics (
    topic text PRIMARY KEY,
    partitions int NOT NULL CHECK (partitions > 0)
);

-- One row per copy of a system's tables; the stable views read the active one.
CREATE TABLE groundswell.generations (
    system text NOT NULL,
    generation int NOT NULL,
    schema_name text NOT NULL UNIQUE,
    fold_version int NOT NULL,
    active boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (system, generation)
);
CREATE UNIQUE INDEX one_active_generation ON groundswell.generations (system) WHERE active;

-- The heart: the next offset to fold of each partition, moved in the transaction that holds what was folded.
-- epoch counts the owners of the partition, flushes the flushes that touched it.
-- last_offset and last_checksum tell whether the log before the position is still the one that was folded.
-- While next_offset < cautious_until a flush holds at most cautious_records records: a bad one is being found.
CREATE TABLE groundswell.positions (
    system text NOT NULL,
    generation int NOT NULL,
    topic text NOT NULL,
    partition int NOT NULL,
    next_offset bigint NOT NULL DEFAULT 0,
    epoch bigint NOT NULL DEFAULT 0,
    flushes bigint NOT NULL DEFAULT 0,
    applied bigint NOT NULL DEFAULT 0,
    duplicates bigint NOT NULL DEFAULT 0,
    dead bigint NOT NULL DEFAULT 0,
    last_offset bigint,
    last_checksum bigint,
    last_appended_at timestamptz,
    cautious_until bigint NOT NULL DEFAULT 0,
    cautious_records int NOT NULL DEFAULT 0,
    PRIMARY KEY (system, generation, topic, partition)
) WITH (fillfactor = 50);

-- The ids that flushes applied, packed: 16 bytes an id, and 8 bytes (big-endian) its offset.
CREATE TABLE groundswell.applied_ids (
    system text NOT NULL,
    generation int NOT NULL,
    topic text NOT NULL,
    partition int NOT NULL,
    last_offset bigint NOT NULL,
    ids bytea NOT NULL,
    offsets bytea NOT NULL,
    PRIMARY KEY (system, generation, topic, partition, last_offset)
);

-- Records that were read and not applied, with the reason and the original bytes.
CREATE TABLE groundswell.dead_letters (
    system text NOT NULL,
    generation int NOT NULL,
    topic text NOT NULL,
    partition int NOT NULL,
    record_offset bigint NOT NULL,
    appended_at timestamptz NOT NULL,
    kind text NOT NULL CHECK (kind IN ('broken', 'refused', 'failed')),
    code text NOT NULL,
    reason text NOT NULL,
    fingerprint text NOT NULL,
    record_key bytea,
    record_value bytea,
    traceback text,
    PRIMARY KEY (system, generation, topic, partition, record_offset)
);

-- Events that the engine has to publish: reference copies now, decisions later. The key says what was decided,
-- so that deciding twice is one row; event ids derive from it, so that publishing twice is a duplicate.
CREATE TABLE groundswell.outbox (
    system text NOT NULL,
    decision text NOT NULL,
    nominal_time timestamptz NOT NULL,
    part int NOT NULL,
    topic text NOT NULL,
    partition int NOT NULL,
    record_key bytea NOT NULL,
    record_value bytea NOT NULL,
    header text NOT NULL,
    published_at timestamptz,
    PRIMARY KEY (system, decision, nominal_time, part)
);
CREATE INDEX outbox_unpublished ON groundswell.outbox (system, nominal_time, part) WHERE published_at IS NULL;

-- Large work in pages, each committed with the position of its partition.
CREATE TABLE groundswell.chores (
    system text NOT NULL,
    generation int NOT NULL,
    topic text NOT NULL,
    partition int NOT NULL,
    cause_offset bigint NOT NULL,
    ordinal int NOT NULL,
    caused_ms bigint NOT NULL,
    kind text NOT NULL,
    arguments jsonb NOT NULL,
    cursor jsonb,
    PRIMARY KEY (system, generation, topic, partition, cause_offset, ordinal)
);
