/**
 * What reading compressed objects asks of a compression. An object is members one after another: gzip members, zstd
 * frames. Each can be read on its own, so that slices begin at one and damage ends with one.
 */
import type { ByteSource, ByteWindow } from './byte-source.ts'

/** A member of at most this many decoded bytes is decoded whole and believed only when its check is right. */
export const SMALL_MEMBER_BYTES = 4 << 20
/** Deflate adds at most 5 bytes for each 16 KiB stored, so a small member fits with its header and trailer. */
export const SMALL_MEMBER_WINDOW = SMALL_MEMBER_BYTES + (SMALL_MEMBER_BYTES >> 10) + (1 << 16)

export type Member =
  | { readonly kind: 'whole'; readonly bytes: Uint8Array; readonly length: number }
  /** Too large to be decoded at once, or refused for what it says. */
  | { readonly kind: 'large'; readonly refusal?: string | null }
  /** The object ends inside the member; `bytes` is what could be decoded, unchecked. */
  | { readonly kind: 'truncated'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'corrupt'
      readonly detail: string
      /** Decodes it: all where only the check fails, otherwise what comes before the damage. To be called at once. */
      readonly decode: () => Promise<Uint8Array> | Uint8Array
      readonly onlyCheckFails: boolean
      /** Where it ends, if that can be told in spite of the damage. */
      readonly length: number | null
    }
  | { readonly kind: 'none' }

/** How a member that was streamed ended, with the window behind it, or behind what was read if that is not known. */
export type LargeEnd =
  | { readonly kind: 'whole' }
  | { readonly kind: 'truncated' }
  | { readonly kind: 'corrupt' | 'too-large'; readonly detail: string; readonly isPassed: boolean }

export interface LargeOptions {
  readonly source: ByteSource
  readonly maxBytes: number
}

export interface Codec {
  /** What one is called in messages. */
  readonly unit: string
  /** Passes over what may lie between members, and says whether anything is left. */
  skipFiller(window: ByteWindow): Promise<boolean>
  /** The member at the head of the window, reading on for as long as that may complete it. */
  memberAt(window: ByteWindow): Promise<Member>
  /** Streams the member at the head of the window. */
  stream(window: ByteWindow, options: LargeOptions): AsyncGenerator<Uint8Array, LargeEnd>
  /** Index of the next bytes that a member may begin with, or -1. */
  find(view: Uint8Array): number
}

/** Passes over zero bytes, with which tapes and block devices fill up, and says whether anything is left. */
export async function skipZeros(window: ByteWindow): Promise<boolean> {
  for (;;) {
    await window.fill(1)
    const view = window.unread
    if (view.length === 0) return false
    let at = 0
    while (at < view.length && view[at] === 0) at++
    window.skip(at)
    if (at < view.length) return true
  }
}
