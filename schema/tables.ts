/**
 * The index in D1 (docs/storage.md). Rows are inserted once and totals are sums over what is there; columns named
 * `...AtMs` and `attempts` are the clock's and are no part of any result.
 */
import { sql } from 'drizzle-orm'
import { check, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { MODEL_KINDS } from './models.ts'
import { SOURCES } from './shard.ts'

const createdAtMs = integer('created_at_ms').notNull()

export const apiKeys = sqliteTable('api_keys', {
  id: text('id').primaryKey(),
  /** sha-256 of the key, hex. The key itself is shown once and stored nowhere. */
  hash: text('hash').notNull().unique(),
  name: text('name').notNull(),
  /** Space-separated. */
  scopes: text('scopes').notNull(),
  createdAtMs,
  revokedAtMs: integer('revoked_at_ms'),
})

export const batches = sqliteTable(
  'batches',
  {
    id: text('id').primaryKey(),
    kind: text('kind', { enum: ['open', 'webhook', 'manual'] }).notNull(),
    /** Id of the key that owns an open batch. */
    owner: text('owner').notNull(),
    state: text('state', { enum: ['open', 'closed', 'sealed'] }).notNull(),
    source: text('source', { enum: SOURCES }).notNull(),
    /** Empty where documents decide for themselves. */
    lang: text('lang').notNull(),
    /** JSON: which columns of Parquet files hold what, where the batch names any. */
    columns: text('columns').notNull().default('{}'),
    /** Frozen with the batch: pipeline version, slice length, and JSON of the models that are not the shipped ones, by slot. */
    pipeline: text('pipeline').notNull(),
    models: text('models').notNull().default('{}'),
    sliceBytes: integer('slice_bytes').notNull(),
    createdAtMs,
    lastInAtMs: integer('last_in_at_ms').notNull(),
    closedAtMs: integer('closed_at_ms'),
  },
  (t) => [
    // One open batch for each owner, source, language and choice of columns: what is not a batch of its own joins it.
    uniqueIndex('batches_open')
      .on(t.owner, t.source, t.lang, t.columns)
      .where(sql`kind = 'open' and state = 'open'`),
    index('batches_state').on(t.state),
    check('batches_state_is_known', sql`${t.state} in ('open', 'closed', 'sealed')`),
  ],
)

/** Signed messages that were taken, by the sender's message id. */
export const webhooks = sqliteTable('webhooks', {
  messageId: text('message_id').primaryKey(),
  bodyHash: text('body_hash').notNull(),
  batch: text('batch').notNull(),
  createdAtMs,
})

export const objects = sqliteTable(
  'objects',
  {
    batch: text('batch').notNull(),
    /** sha-256 of key, etag and size. */
    id: text('id').notNull(),
    key: text('key').notNull(),
    etag: text('etag').notNull(),
    size: integer('size').notNull(),
    /** Page address of an object that is one HTML page. */
    url: text('url'),
    /** One page that was posted: read with up to 99 others in one slice, when its batch closes. */
    posted: integer('posted', { mode: 'boolean' }).notNull().default(false),
    createdAtMs,
  },
  (t) => [primaryKey({ columns: [t.batch, t.id] }), index('objects_key').on(t.key)],
)

/** The ledger: one row for each slice that was read, inserted if absent. */
export const slices = sqliteTable(
  'slices',
  {
    batch: text('batch').notNull(),
    object: text('object').notNull(),
    start: integer('start').notNull(),
    /** Start of the next slice; null at the object's end. */
    next: integer('next'),
    pages: integer('pages').notNull(),
    candidates: integer('candidates').notNull(),
    rejected: integer('rejected').notNull(),
    failed: integer('failed').notNull(),
    /** JSON: count by reason, and by failure code. */
    reasons: text('reasons').notNull(),
    failures: text('failures').notNull(),
    /** JSON: keys of the chunks that its candidates are in. */
    chunks: text('chunks').notNull(),
    /** Version of the pipeline that read it: the batch's. Empty in rows of before it was kept. */
    pipeline: text('pipeline').notNull().default(''),
    pageBytes: integer('page_bytes').notNull(),
    textBytes: integer('text_bytes').notNull(),
    createdAtMs,
  },
  (t) => [
    primaryKey({ columns: [t.batch, t.object, t.start] }),
    check('slices_conserve_pages', sql`${t.pages} = ${t.candidates} + ${t.rejected} + ${t.failed}`),
  ],
)

/** Messages that were parked with their cause after every attempt. */
export const parked = sqliteTable('parked', {
  id: text('id').primaryKey(),
  queue: text('queue').notNull(),
  batch: text('batch').notNull(),
  message: text('message').notNull(),
  cause: text('cause').notNull(),
  createdAtMs,
})

export const seals = sqliteTable(
  'seals',
  {
    number: integer('number').primaryKey(),
    /** Id of a batch; `compaction/<model>/<version>` of a compaction, which is ordered over a version. */
    batch: text('batch').notNull().unique(),
    /** Of a compaction: whose scores it sorts by. */
    pplModel: text('ppl_model'),
    state: text('state', { enum: ['waiting', 'published', 'given-up'] }).notNull(),
    candidates: integer('candidates'),
    kept: integer('kept'),
    /** Of the same text as another, and of a text much like another's. */
    duplicates: integer('duplicates'),
    nearDuplicates: integer('near_duplicates'),
    heldOut: integer('held_out'),
    /** Rows of earlier seals that this one took back. */
    withdrawn: integer('withdrawn'),
    cause: text('cause'),
    /** Times that its workflow broke. */
    attempts: integer('attempts').notNull().default(0),
    createdAtMs,
    publishedAtMs: integer('published_at_ms'),
  },
  (t) => [
    check(
      'seals_conserve_candidates',
      sql`${t.candidates} is null or ${t.candidates} = ${t.kept} + ${t.duplicates} + ${t.nearDuplicates} + ${t.heldOut}`,
    ),
  ],
)

/** Index lines. A row counts once an index version names its seal. */
export const shards = sqliteTable(
  'shards',
  {
    shard: text('shard').primaryKey(),
    seal: integer('seal').notNull(),
    cell: text('cell').notNull(),
    holdout: integer('holdout', { mode: 'boolean' }).notNull(),
    sha256: text('sha256').notNull(),
    pplModel: text('ppl_model'),
    rows: integer('rows').notNull(),
    bytes: integer('bytes').notNull(),
    /** JSON cuts. */
    cuts: text('cuts').notNull(),
    /** JSON histogram: [bucket, documents, bytes, tokens], without tokens in rows of before they were counted. */
    histogram: text('histogram').notNull(),
    /** JSON row spans. */
    optOut: text('opt_out').notNull().default('[]'),
  },
  (t) => [index('shards_seal').on(t.seal), index('shards_cell').on(t.cell)],
)

/** Rows of earlier seals' shards that a seal took back. A row counts once an index version names its seal. */
export const withdrawnRows = sqliteTable(
  'withdrawn_rows',
  {
    shard: text('shard').notNull(),
    row: integer('row').notNull(),
    seal: integer('seal').notNull(),
    /** Of the document. */
    id: text('id').notNull(),
    bucket: integer('bucket'),
    /** UTF-8 bytes of text before it in its shard, and its own. */
    before: integer('before').notNull(),
    bytes: integer('bytes').notNull(),
    tokens: integer('tokens').notNull().default(0),
  },
  (t) => [primaryKey({ columns: [t.shard, t.row, t.seal] }), index('withdrawn_rows_seal').on(t.seal)],
)

/** Scores of a shard's rows by another model than the one whose buckets it is sorted by: a file in R2. */
export const shardScores = sqliteTable(
  'shard_scores',
  {
    shard: text('shard').notNull(),
    pplModel: text('ppl_model').notNull(),
    scores: text('scores').notNull(),
    sha256: text('sha256').notNull(),
    /** JSON histogram: [bucket, documents, bytes, tokens]. */
    histogram: text('histogram').notNull(),
    createdAtMs,
  },
  (t) => [primaryKey({ columns: [t.shard, t.pplModel] })],
)

/** Shards that a compaction put others in place of. A row counts once an index version names its seal. */
export const replacedShards = sqliteTable(
  'replaced_shards',
  {
    shard: text('shard').notNull(),
    seal: integer('seal').notNull(),
    cell: text('cell').notNull(),
  },
  (t) => [primaryKey({ columns: [t.shard, t.seal] }), index('replaced_shards_seal').on(t.seal)],
)

/** One row publishes a seal: the version's parent must be the current version. */
export const indexVersions = sqliteTable('index_versions', {
  version: integer('version').primaryKey(),
  parent: integer('parent').notNull().unique(),
  seal: integer('seal').notNull().unique(),
  createdAtMs,
})

export const calibrations = sqliteTable('calibrations', {
  id: text('id').primaryKey(),
  /** Null for the calibration that ships with the models. */
  indexVersion: integer('index_version'),
  body: text('body').notNull(),
  createdAtMs,
})

export const manifests = sqliteTable(
  'manifests',
  {
    id: text('id').primaryKey(),
    parent: text('parent'),
    run: text('run').notNull(),
    round: integer('round').notNull(),
    recipe: text('recipe').notNull(),
    indexVersion: integer('index_version').notNull(),
    tokens: integer('tokens').notNull(),
    entries: integer('entries').notNull(),
    createdAtMs,
  },
  (t) => [uniqueIndex('manifests_run_round').on(t.run, t.round, t.id)],
)

export const reports = sqliteTable(
  'reports',
  {
    /** `run:step:kind`. */
    id: text('id').primaryKey(),
    run: text('run').notNull(),
    manifest: text('manifest').notNull(),
    kind: text('kind', { enum: ['before', 'after'] }).notNull(),
    step: integer('step').notNull(),
    body: text('body').notNull(),
    createdAtMs,
  },
  (t) => [index('reports_manifest').on(t.manifest)],
)

/** Model files in R2 that were checked. */
export const models = sqliteTable(
  'models',
  {
    /** Of the file, hex; its key in R2 is made of it. */
    sha256: text('sha256').primaryKey(),
    /** What its scores carry. */
    id: text('id').notNull().unique(),
    kind: text('kind', { enum: MODEL_KINDS }).notNull(),
    /** Empty where the file does not say. */
    lang: text('lang').notNull(),
    /** Of the file, and what the model takes in memory. */
    bytes: integer('bytes').notNull(),
    heldBytes: integer('held_bytes').notNull(),
    createdAtMs,
  },
  (t) => [index('models_created').on(t.createdAtMs)],
)

/** Which models new batches are read with: the row of the largest number is in force. */
export const activations = sqliteTable('activations', {
  number: integer('number').primaryKey(),
  /** JSON: by slot, where it is not the shipped one. */
  models: text('models').notNull(),
  createdAtMs,
})
