/**
 * The identity of a document: the first half of the sha-256 of its normalised text, 32 hex digits.
 *
 * Normalised: NFC, lower case, every run of white space one space, none at the ends. Two documents with the same id are the same text but
 * for spacing, letter case and the composition of accents; nothing else is forgiven here, near duplicates are another stage's.
 */
import { createHash } from 'node:crypto'

const ID_HEX_DIGITS = 32

/** Runs of white space but for single spaces, which stay as they are. */
const GAPS = /[^\S ]\s*| \s+/g

export const normaliseForId = (text: string): string => text.normalize('NFC').toLowerCase().replace(GAPS, ' ').trim()

export function documentId(text: string): string {
  return createHash('sha256').update(normaliseForId(text)).digest('hex').slice(0, ID_HEX_DIGITS)
}
