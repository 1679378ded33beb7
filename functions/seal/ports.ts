/** What the seal needs of the world. One adapter over R2 and a Durable Object, one over files and memory. */

export interface Upload {
  /** Bytes are copied; parts go out as they fill. */
  write(bytes: Uint8Array): Promise<void>
  /** Makes the object visible, whole. */
  finish(): Promise<void>
}

/** Immutable objects by key. Writing the same key again writes the same bytes. */
export interface BlobStore {
  /** Null when there is no such object. */
  get(key: string): Promise<Uint8Array | null>
  size(key: string): Promise<number | null>
  range(key: string, start: number, end: number): Promise<Uint8Array>
  put(key: string, bytes: Uint8Array): Promise<void>
  upload(key: string): Promise<Upload>
}

/** Where a candidate was read: the order in which holders are compared. */
export interface Place {
  readonly seal: number
  readonly key: string
  readonly offset: number
  readonly index: number
}

export interface Claim extends Place {
  readonly id: string
}

export interface Holding {
  readonly holder: Place
  /** Places that claimed this id, the holder among them, up to the asking seal. */
  readonly size: number
}

/** The duplicate index: every place that claimed an id. Registering twice changes nothing. */
export interface DuplicateIndex {
  register(claims: readonly Claim[]): Promise<void>
  /** In the order of `ids`. Throws for an id that nobody registered. */
  ask(ids: readonly string[], seal: number): Promise<Holding[]>
  /** Takes out all that a seal registered: it was given up. */
  release(seal: number): Promise<void>
}

/** Keys by their UTF-8 bytes, as SQLite compares them; `<` compares UTF-16 units, which differs beyond U+FFFF. */
const compareKeys = (a: string, b: string): number => (a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b)))

export const comparePlaces = (a: Place, b: Place): number =>
  a.seal - b.seal || compareKeys(a.key, b.key) || a.offset - b.offset || a.index - b.index
