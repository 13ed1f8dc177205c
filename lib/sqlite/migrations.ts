/** The schema, one entry per version; an entry that has been released never changes. */
export const migrations: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

  CREATE TABLE schedules (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    is_deleted INTEGER NOT NULL,
    owner TEXT NOT NULL,
    wake_at INTEGER,
    item TEXT NOT NULL
  ) STRICT;
  CREATE INDEX schedules_owner ON schedules (owner, id) WHERE NOT is_deleted;
  CREATE INDEX schedules_wake ON schedules (wake_at) WHERE wake_at IS NOT NULL;
  CREATE INDEX schedules_failing ON schedules (id) WHERE item ->> '$.planError' IS NOT NULL;

  CREATE TABLE acts (
    schedule_id TEXT NOT NULL,
    rev INTEGER NOT NULL,
    at INTEGER NOT NULL,
    item TEXT NOT NULL,
    PRIMARY KEY (schedule_id, rev)
  ) STRICT;
  CREATE INDEX acts_at ON acts (at);

  CREATE TABLE gaps (
    schedule_id TEXT NOT NULL,
    from_at INTEGER NOT NULL,
    to_at INTEGER NOT NULL,
    item TEXT NOT NULL,
    PRIMARY KEY (schedule_id, from_at)
  ) STRICT;

  CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    schedule_id TEXT NOT NULL,
    pool TEXT NOT NULL,
    pool_id TEXT,
    state TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    deadline INTEGER NOT NULL,
    wake_at INTEGER,
    next_at INTEGER,
    hops INTEGER NOT NULL DEFAULT 0,
    item TEXT NOT NULL
  ) STRICT;
  CREATE INDEX deliveries_wake ON deliveries (wake_at) WHERE wake_at IS NOT NULL;
  CREATE INDEX deliveries_next ON deliveries (next_at) WHERE next_at IS NOT NULL;
  CREATE INDEX deliveries_due ON deliveries (due_at, id);
  CREATE INDEX deliveries_schedule ON deliveries (schedule_id, due_at);

  CREATE TABLE gates (connection TEXT PRIMARY KEY, version INTEGER NOT NULL, item TEXT NOT NULL) STRICT;
  `,
  `
  CREATE INDEX schedules_deleted ON schedules (id) WHERE is_deleted;
  `,
  `
  DROP INDEX deliveries_next;
  CREATE INDEX deliveries_to_send ON deliveries (next_at, deadline, hops, id)
    WHERE next_at IS NOT NULL AND state <> 'accepted';
  CREATE INDEX deliveries_to_track ON deliveries (next_at, deadline, hops, id)
    WHERE next_at IS NOT NULL AND state = 'accepted';
  `,
  // In the order of the lists, and with what they are filtered by, so that rows are read only where they are wanted.
  `
  DROP INDEX acts_at;
  CREATE INDEX acts_at ON acts (at, schedule_id, rev);
  CREATE INDEX acts_schedule ON acts (schedule_id, at, rev);
  DROP INDEX deliveries_due;
  DROP INDEX deliveries_schedule;
  CREATE INDEX deliveries_due ON deliveries (due_at, id, state, pool, pool_id);
  CREATE INDEX deliveries_schedule ON deliveries (schedule_id, due_at, id, state, pool, pool_id);
  `,
];
