-- Generations beside the live one, decisions by the clock, and the cache in Redis.

-- parameters: what the fold and the views of this generation go by, for example a half-life; a change takes a rebuild.
-- kind: whole ones can become active; a scratch one is folded by verify, and dropped.
-- until_offsets: by partition the position at which folding ends; null folds on for ever.
-- promoted_at: when it last became active; the one before the active one is where rollback leads.
ALTER TABLE groundswell.generations
    ADD COLUMN parameters jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN kind text NOT NULL DEFAULT 'whole' CHECK (kind IN ('whole', 'scratch')),
    ADD COLUMN until_offsets jsonb,
    ADD COLUMN promoted_at timestamptz;
UPDATE groundswell.generations SET promoted_at = created_at WHERE active;

-- deaths: how many workers died uncleanly while a record waited at died_at.
ALTER TABLE groundswell.positions
    ADD COLUMN deaths int NOT NULL DEFAULT 0,
    ADD COLUMN died_at bigint NOT NULL DEFAULT -1;

-- As of when a table that depends on the clock was last gone through as a whole.
CREATE TABLE groundswell.recalculations (
    system text NOT NULL,
    generation int NOT NULL,
    table_name text NOT NULL,
    as_of timestamptz NOT NULL,
    PRIMARY KEY (system, generation, table_name)
);

-- While one is held no decision of the system that looks back is made: a past is being published.
-- A holder that was not seen for a while is gone. Released ones stay, so that what they brought is looked at once.
CREATE TABLE groundswell.holds (
    hold uuid PRIMARY KEY,
    system text NOT NULL,
    since timestamptz NOT NULL DEFAULT now(),
    seen_at timestamptz NOT NULL DEFAULT now(),
    released_at timestamptz
);
CREATE INDEX holds_by_system ON groundswell.holds (system, since);

-- The keys that a flush touched, until the cache has them. partitions and flushes say which flush of which partition.
CREATE TABLE groundswell.cache_outbox (
    system text NOT NULL,
    generation int NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    partitions int[] NOT NULL,
    flushes bigint[] NOT NULL,
    keys jsonb NOT NULL,
    PRIMARY KEY (system, generation, id)
);
