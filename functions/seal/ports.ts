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

/** A candidate as the duplicate index hears of it. */
export interface Claim extends Place {
  /** 32 hex digits. */
  readonly id: string
  /** Where its row goes if it is kept. */
  readonly cell: string
  readonly bucket: number | null
  /** MinHash bands; null for a text that is too short for any. */
  readonly bands: BigInt64Array | null
}

/** The document that a band leads to: the least by seal, then by id, of all that have it. */
export interface BandHolder {
  readonly seal: number
  readonly id: string
}

/** What a seal settled about a document that has near duplicates. */
export interface Member {
  readonly id: string
  readonly seal: number
  /** The document that stands for the cluster; the document itself where it does. */
  readonly root: string
  /** A document that it shares a band with. */
  readonly match: string
  /** Places of the whole cluster, where it was found whole in this seal; 0 in a cluster that an earlier seal has. */
  readonly size: number
}

export interface Holding {
  /** The first place, in order, that claimed this id, and where its row goes. */
  readonly holder: Place & Pick<Claim, 'cell' | 'bucket'>
  /** Places that claimed this id, the holder among them, up to the asking seal. */
  readonly size: number
  /** What the holder's own seal settled; null for a document without near duplicates. */
  readonly member: Member | null
  /** What a later seal settled that joined its cluster to another; null where none did. */
  readonly joined: Member | null
  /** Where its cluster leads now: a document of an earlier seal where one came between, itself where it stands alone. */
  readonly root: string
}

/**
 * The duplicate index: every place that claimed an id, the first document of every band, and the clusters that seals
 * settled. Doing any of it twice changes nothing. Seals come one after another, in the order of their numbers.
 */
export interface DuplicateIndex {
  register(claims: readonly Claim[]): Promise<void>
  /** In the order of `ids`; null for one that nobody registered up to this seal. */
  find(ids: readonly string[], seal: number): Promise<(Holding | null)[]>
  /** As `find`, but throws for an id that nobody registered. */
  ask(ids: readonly string[], seal: number): Promise<Holding[]>
  /** In the order of `bands`. Throws for a band that nobody registered. */
  askBands(bands: BigInt64Array): Promise<BandHolder[]>
  settle(members: readonly Member[]): Promise<void>
  /** Takes out all that a seal registered and settled: it was given up. */
  release(seal: number): Promise<void>
}

/** Keys by their UTF-8 bytes, as SQLite compares them; `<` compares UTF-16 units, which differs beyond U+FFFF. */
export const compareKeys = (a: string, b: string): number =>
  a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b))

export const comparePlaces = (a: Place, b: Place): number =>
  a.seal - b.seal || compareKeys(a.key, b.key) || a.offset - b.offset || a.index - b.index

/** Documents in the order in which they stand for others. */
export const compareHolders = (a: BandHolder, b: BandHolder): number =>
  a.seal - b.seal || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

/** Throws where an index has no answer for what a seal registered before. */
export function answered<T>(asked: readonly (string | bigint)[], answers: readonly (T | null | undefined)[]): T[] {
  return asked.map((one, i) => {
    const answer = answers[i]
    if (answer == null) {
      throw new Error(`${typeof one === 'bigint' ? 'band' : 'id'} ${one} was never registered with the duplicate index`)
    }
    return answer
  })
}
